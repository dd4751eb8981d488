"""A laptop cloud with a run ledger and a bucket, in which machines run under roles of their own."""

import json
import sys
import time
import uuid
from contextlib import contextmanager

import boto3
from botocore.config import Config

from sparklaptop import Laptop
from sparklaptop.ports import free_port
from sparkrail.identity.statements import document

LEDGER, LOGS = "ledger", "logs"
KEY = {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}


class MachineCloud:
    def __init__(self, endpoint, environment):
        self.region, self.account = environment.region, environment.account
        self._endpoint, self._machines = endpoint, set()
        self.states, self.ledger = self.client("stepfunctions"), self.client("dynamodb")
        self.s3, self.iam = self.client("s3"), self.client("iam")
        self.ledger.create_table(
            TableName=LEDGER,
            KeySchema=KEY,
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self.s3.create_bucket(
            Bucket=LOGS, CreateBucketConfiguration={"LocationConstraint": self.region}
        )

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=self.region,
            aws_access_key_id="laptop",
            aws_secret_access_key="laptop",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def role(self, name, statements):
        trusts = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}}
        trust = document([{**trusts, "Action": "sts:AssumeRole"}])
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        policy = json.dumps(document(statements))
        self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return made["Role"]["Arn"]

    def machine(self, name, definition, role_arn):
        """Make or replace a machine; what a deploy fills in is filled in here."""
        text = definition if isinstance(definition, str) else json.dumps(definition)
        text = text.replace("${LedgerName}", LEDGER).replace("${LogsBucketName}", LOGS)
        arn = f"arn:aws:states:{self.region}:{self.account}:stateMachine:{name}"
        if arn in self._machines:
            self.states.update_state_machine(stateMachineArn=arn, definition=text)
        else:
            self.states.create_state_machine(name=name, definition=text, roleArn=role_arn)
            self._machines.add(arn)
        return arn

    def start(self, machine, value, name=None):
        return self.states.start_execution(
            stateMachineArn=machine, input=json.dumps(value), name=name or f"e-{uuid.uuid4()}"
        )["executionArn"]

    def status(self, execution):
        return self.states.describe_execution(executionArn=execution)

    def wait(self, *executions, seconds=60):
        """Wait until executions have ended; how each did."""
        return [
            self.until(lambda one=each: ended(self.status(one)), seconds) for each in executions
        ]

    def until(self, ask, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := ask():
                return answer
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s")

    def executions(self, machine, status=None):
        more = {"statusFilter": status} if status else {}
        return self.states.list_executions(stateMachineArn=machine, **more)["executions"]

    def rows(self, partition, start=""):
        """Rows of a partition by sort key, their values as plain text."""
        answer = self.ledger.query(
            TableName=LEDGER,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
        )
        plain = [
            {name: next(iter(value.values())) for name, value in item.items()}
            for item in answer["Items"]
        ]
        return {row["sk"]: row for row in plain if row["sk"].startswith(start)}

    def put(self, row):
        self.ledger.put_item(TableName=LEDGER, Item=row)


def ended(found):
    return found if found["status"] != "RUNNING" else None


@contextmanager
def machine_cloud(folder, environment, *, first_port):
    launcher = f"{sys.executable} -c pass"
    laptop = Laptop(
        folder,
        account=environment.account,
        region=environment.region,
        options=("--launcher", launcher),
    )
    laptop.start(port=free_port(first_port))
    try:
        yield MachineCloud(laptop.status().endpoint, environment)
    finally:
        laptop.stop()


def without_waits(definition):
    """A machine whose waits are a second long."""
    machine = json.loads(definition)
    for state in machine["States"].values():
        if state["Type"] == "Wait":
            state["Seconds"] = 1
    return machine


def dies_at(machine, state, *, after):
    """A machine whose execution dies before or after what a state does."""
    states = dict(machine["States"])
    states["Dies"] = {"Type": "Fail", "Error": "Killed", "Cause": "by the test"}
    changed = {**states[state], "Next": "Dies"} if after else dict(states["Dies"])
    return {**machine, "States": {**states, state: changed}}
