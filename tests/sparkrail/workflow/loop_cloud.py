"""Machines of jobs and the keeper, as synth writes them, on a laptop cloud without templates."""

import json
import time
from pathlib import Path

from sparkmodel import Environment, Job
from sparkrail.control.keeper import definition as keeper_definition
from sparkrail.identity.keeper_role import keeper_statements, wake_statements
from sparkrail.identity.machine_role import machine_statements, team_machine_statements
from sparkrail.identity.statements import allow, document, trust
from sparkrail.names import Names
from sparkrail.platform import Buckets, Keys, Platform, TeamRoom
from sparkrail.workflow.definition import BatchRun, definition

DRIVER = Path(__file__).with_name("loop_driver.py")
ACCOUNT, REGION = "111122223333", "eu-central-1"
ALIVE = ["SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING"]
SPARK = " ".join(
    f"--conf spark.{key}={value}"
    for key, value in {
        "driver.cores": 1,
        "driver.memory": "1g",
        "executor.cores": 1,
        "executor.memory": "1g",
        "dynamicAllocation.maxExecutors": 1,
    }.items()
)
NAMES = Names(
    Environment.model_validate(
        {
            "name": "dev",
            "project": "acme",
            "account": ACCOUNT,
            "region": REGION,
            "teams": {"sales": {"max_vcpu": 400, "concurrent_runs": 20}},
            "quotas": {"vcpu": 4000},
        }
    )
)
KEY = "20261121T063000Z"
NO_CLUSTER = NAMES.arn("kafka", f"cluster/{NAMES.kafka}/00000000-s1")
"""Of a cluster that does not exist."""


def job(name="sales", **changes):
    """A small job; its one output is shop.<name>."""
    given = {"folder": Path("spark_jobs") / name, "team": "sales"}
    outputs = {"outputs": {"o": {"table": f"shop.{name}"}}}
    return Job.model_validate({**given, **outputs, "run": {"attempts": 2}, **changes})


def written(job_):
    """The definition of a job's machine, as JSON text."""
    what = BatchRun(entry_point="${EntryPoint}", spark_submit=SPARK, arguments=["'--job'"])
    return definition(job_, what, names=NAMES)


def states_of(job_):
    """The states of a job's machine."""
    return json.loads(written(job_))["States"]


class Loop:
    """A ledger, an application, a bus that is listened to, and machines."""

    def __init__(self, client):
        self.client = client
        self.ledger_api, self.states_api = client("dynamodb"), client("stepfunctions")
        self.runs_api = client("emr-serverless")
        stamp = str(time.time_ns())
        self.ledger, self.bucket = f"ledger{stamp}", f"logs{stamp}"
        self.application = None
        self.key = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        self._make(stamp)
        self.platform = Platform(
            environment=NAMES.environment,
            tables={},
            keys=Keys(data=self.key, logs=self.key, messages=self.key),
            buckets=Buckets(raw="raw", lake="lake", checkpoints="checkpoints", logs=self.bucket),
            ledger=self.ledger,
            kafka=NO_CLUSTER,
            rooms={
                "sales": TeamRoom(schedule_group="", machine_logs="", policies={}, applications={})
            },
        )
        may = keeper_statements(
            NAMES, ledger_arn=self.platform.ledger_arn, data_key=self.key, message_key=self.key
        )
        self.keeper_arn = self._machine(NAMES.keeper, keeper_definition(names=NAMES), may)
        self.machines = {}

    def _make(self, stamp):
        keys = ("pk", "sk", "open", "since")
        self.ledger_api.create_table(
            TableName=self.ledger,
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=_keys("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "open",
                    "KeySchema": _keys("open", "since"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        place = {"LocationConstraint": REGION}
        self.client("s3").create_bucket(Bucket=self.bucket, CreateBucketConfiguration=place)
        self.client("sns").create_topic(Name=NAMES.alarm_topic)
        events = self.client("events")
        if NAMES.bus not in {bus["Name"] for bus in events.list_event_buses()["EventBuses"]}:
            events.create_event_bus(Name=NAMES.bus)
        heard = f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard{stamp}"
        events_tell = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": heard,
        }
        self.heard_queue = self.client("sqs").create_queue(
            QueueName=f"heard{stamp}", Attributes={"Policy": json.dumps(document([events_tell]))}
        )["QueueUrl"]
        pattern = json.dumps({"source": [NAMES.prefix]})
        events.put_rule(Name=f"r{stamp}", EventBusName=NAMES.bus, EventPattern=pattern)
        target = {"Id": "q", "Arn": heard}
        events.put_targets(Rule=f"r{stamp}", EventBusName=NAMES.bus, Targets=[target])

    def fresh(self, folder):
        """Forget all rows, reports and events; a new application has no runs yet."""
        self.folder = folder
        for row in self.rows():
            key = {name: row[name] for name in ("pk", "sk")}
            self.ledger_api.delete_item(TableName=self.ledger, Key=key)
        s3 = self.client("s3")
        for each in s3.list_objects_v2(Bucket=self.bucket).get("Contents", []):
            s3.delete_object(Bucket=self.bucket, Key=each["Key"])
        self.heard_now()
        self.application = self.runs_api.create_application(
            name=f"a{time.time_ns()}",
            releaseLabel="emr-7.14.0",
            type="SPARK",
            tags={"project": "acme", "environment": "dev"},
            schedulerConfiguration={"maxConcurrentRuns": 20, "queueTimeoutMinutes": 720},
        )["applicationId"]
        return self

    def _role(self, name, service, source, statements):
        iam = self.client("iam")
        known = {role["RoleName"] for role in iam.list_roles()["Roles"]}
        if name not in known:
            policy = trust(service, names=NAMES, source_arn=source)
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
        if statements:
            text = json.dumps(document(statements))
            iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=text)
        return NAMES.global_arn("iam", f"role/{name}")

    def _machine(self, name, text, may):
        for placeholder, value in {
            "LedgerName": self.ledger,
            "LogsBucketName": self.bucket,
            "ApplicationId": self.application or "",
            "EntryPoint": "s3://x/main.py",
            "DataKeyArn": self.key,
            "KafkaClusterArn": NO_CLUSTER,
        }.items():
            text = text.replace(f"${{{placeholder}}}", value)
        arn = NAMES.arn("states", f"stateMachine:{name}")
        known = [m["name"] for m in self.states_api.list_state_machines()["stateMachines"]]
        role = self._role(f"{name}-machine", "states.amazonaws.com", arn, may)
        if name in known:
            self.states_api.update_state_machine(stateMachineArn=arn, definition=text)
        else:
            self.states_api.create_state_machine(name=name, definition=text, roleArn=role)
        return arn

    def add(self, job_, change=None):
        """Make the machine of a job; `change` may edit its states."""
        made = json.loads(written(job_))
        if change:
            change(made["States"])
        applications = NAMES.arn("emr-serverless", "/applications/*")
        disks = [allow("Disks", ["kms:Decrypt", "kms:GenerateDataKey"], [self.key])]
        self._role(
            NAMES.role(job_.name, "job"), "emr-serverless.amazonaws.com", applications, disks
        )
        may = machine_statements(job_, self.platform, application_id=self.application)
        may += team_machine_statements(self.platform)
        made = json.dumps(made)
        self.machines[job_.name] = self._machine(NAMES.machine(job_.name), made, may)
        return self

    def start(self, name="sales", execution=None, **given):
        return self._start(self.machines[name], given, execution)

    def busy(self, key, name="sales", **given):
        """Start a run that goes on until its file is made; its execution and its file."""
        gate = self.folder / f"{name}-{key}"
        given = {"generation": 1, "by": "hand", **given, "overrides": {"gate": str(gate)}}
        execution = self.start(name, key=key, **given)
        generation = given["generation"]
        self.until(lambda: f"{name}/{key}/{generation}" in self.runs("RUNNING"))
        return execution, gate

    def _start(self, machine, given, execution=None):
        return self.states_api.start_execution(
            stateMachineArn=machine,
            name=execution or f"e{time.time_ns()}",
            input=json.dumps(given),
        )["executionArn"]

    def wait(self, execution, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.states_api.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.03)
        raise AssertionError(f"{execution} did not end; last states: {self.path(execution)[-5:]}")

    def run(self, name="sales", **given):
        return self.wait(self.start(name, **given))

    def succeed(self, execution):
        found = self.wait(execution)
        assert found["status"] == "SUCCEEDED", (found, self.path(execution), self.errors(execution))
        return json.loads(found["output"])

    def output(self, name="sales", **given):
        return self.succeed(self.start(name, **given))

    def wake(self, **given):
        """Wake the keeper and wait for it and for all that it wakes."""
        before = set(self.executions(self.keeper_arn, "FAILED"))
        first = self._start(self.keeper_arn, given)
        self.wait(first, seconds=60)
        while running := self.executions(self.keeper_arn, "RUNNING"):
            for each in running:
                self.wait(each, seconds=60)
        self.succeed(first)
        for failed in set(self.executions(self.keeper_arn, "FAILED")) - before:
            self.succeed(failed)
        return first

    def executions(self, machine, status):
        listed = self.states_api.list_executions(stateMachineArn=machine, statusFilter=status)
        return [each["executionArn"] for each in listed["executions"]]

    def path(self, execution):
        """Names of the states that an execution entered, in order: its transitions."""
        names, more = [], {}
        while True:
            page = self.states_api.get_execution_history(
                executionArn=execution, maxResults=1000, **more
            )
            entered = [e.get("stateEnteredEventDetails") for e in page["events"]]
            names += [each["name"] for each in entered if each]
            if "nextToken" not in page:
                return names
            more = {"nextToken": page["nextToken"]}

    def errors(self, execution):
        """What tasks of an execution failed with, for whoever reads why a test fails."""
        events = self.states_api.get_execution_history(executionArn=execution, maxResults=1000)
        return [e for e in events["events"] if "Fail" in e["type"]]

    def item(self, pk, sk):
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        found = self.ledger_api.get_item(TableName=self.ledger, Key=key, ConsistentRead=True)
        return {name: next(iter(v.values())) for name, v in found.get("Item", {}).items()}

    def put(self, **values):
        item = {name: {"S": value} for name, value in values.items()}
        self.ledger_api.put_item(TableName=self.ledger, Item=item)

    def row(self, key=KEY, name="sales"):
        return self.item(f"job#{name}", f"run#{key}")

    def lock(self, name="sales"):
        return self.item(f"job#{name}", "lock")

    def rows(self):
        return self.ledger_api.scan(TableName=self.ledger)["Items"]

    def runs(self, *states):
        """Names of job runs, the oldest first."""
        more = {"states": list(states)} if states else {}
        found = self.runs_api.list_job_runs(applicationId=self.application, maxResults=50, **more)[
            "jobRuns"
        ]
        return [run["name"] for run in sorted(found, key=lambda run: run["createdAt"])]

    def report(self, key, body, *, name="sales", generation=1, attempt=1):
        text = body if isinstance(body, str) else json.dumps(body)
        where = f"reports/{name}/{key}-{generation}-{attempt}.json"
        self.client("s3").put_object(Bucket=self.bucket, Key=where, Body=text.encode())

    def heard(self, count):
        """Details of the events that were announced; waits until there are so many."""
        got, deadline = [], time.monotonic() + 10
        while len(got) < count and time.monotonic() < deadline:
            got += self.heard_now()
            time.sleep(0.02)
        return got

    def heard_now(self):
        """Details of the events that were announced since somebody last asked."""
        sqs, got = self.client("sqs"), []
        while messages := sqs.receive_message(
            QueueUrl=self.heard_queue, MaxNumberOfMessages=10
        ).get("Messages"):
            for each in messages:
                sqs.delete_message(QueueUrl=self.heard_queue, ReceiptHandle=each["ReceiptHandle"])
            got += [json.loads(each["Body"])["detail"] for each in messages]
        return got

    def listen(self, resource):
        """Let events reach the keeper by a rule, as a template has it."""
        rules = NAMES.arn("events", f"rule/{NAMES.prefix}-*")
        may = wake_statements(NAMES, message_key=self.key)
        role = self._role(NAMES.keeper_role("wake"), "events.amazonaws.com", rules, may)
        rule, events = resource["Properties"], self.client("events")
        (target,) = rule["Targets"]
        given = {"Id": target["Id"], "Arn": self.keeper_arn, "RoleArn": role}
        for name in ("Input", "InputTransformer"):
            if name in target:
                given[name] = target[name]
        events.put_rule(Name=rule["Name"], EventPattern=json.dumps(rule["EventPattern"]))
        events.put_targets(Rule=rule["Name"], Targets=[given])
        return lambda: events.disable_rule(Name=rule["Name"])

    def until(self, true, seconds=20):
        deadline = time.monotonic() + seconds
        while not (found := true()):
            assert time.monotonic() < deadline, self.rows()
            time.sleep(0.03)
        return found


def _keys(partition, sort):
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
