"""Writers that note what was acknowledged, and a laptop cloud that is killed under them.

Each writer has keys of its own, so what it was told last is what must be there; a write that was
under way at the kill may be there or not, whole.
"""

import hashlib
import json
import os
import random
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sparklaptop import Laptop

sys.path.insert(0, str(Path(__file__).parent.parent))
from laptop_assemblies import ACCOUNT, REGION, att, ref, role, template, write

ROLE = f"arn:aws:iam::{ACCOUNT}:role/kept-machine"
JOB = f"arn:aws:iam::{ACCOUNT}:role/kept-job"
CLOCK = f"arn:aws:iam::{ACCOUNT}:role/kept-clock"
PREVIOUS = "previous_metadata_location"


def stack(name="kept"):
    """One of each thing that a platform keeps."""
    definition = {
        "StartAt": "Note",
        "States": {
            "Note": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:putItem",
                "Parameters": {
                    "TableName": "${Table}",
                    "Item": {"pk": {"S.$": "$$.Execution.Name"}, "sk": {"S": "noted"}},
                },
                "ResultPath": None,
                "End": True,
            }
        },
    }
    return template(
        {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Versioned": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"VersioningConfiguration": {"Status": "Enabled"}},
            },
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [
                        {"AttributeName": "pk", "AttributeType": "S"},
                        {"AttributeName": "sk", "AttributeType": "S"},
                    ],
                    "KeySchema": [
                        {"AttributeName": "pk", "KeyType": "HASH"},
                        {"AttributeName": "sk", "KeyType": "RANGE"},
                    ],
                },
            },
            "Key": {
                "Type": "AWS::KMS::Key",
                "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}},
            },
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "RedrivePolicy": {
                        "deadLetterTargetArn": att("Dead", "Arn"),
                        "maxReceiveCount": 50,
                    }
                },
            },
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Subscription": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {
                    "TopicArn": ref("Topic"),
                    "Protocol": "sqs",
                    "Endpoint": att("Dead", "Arn"),
                },
            },
            "Logs": {"Type": "AWS::Logs::LogGroup"},
            "Database": {
                "Type": "AWS::Glue::Database",
                "Properties": {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": name}},
            },
            "Group": {"Type": "AWS::Scheduler::ScheduleGroup"},
            "Application": {
                "Type": "AWS::EMRServerless::Application",
                "Properties": {"ReleaseLabel": "emr-7.14.0", "Type": "SPARK"},
            },
            "Role": role(f"{name}-machine", "states.amazonaws.com"),
            "Job": role(f"{name}-job", "emr-serverless.amazonaws.com"),
            "Clock": role(f"{name}-clock", "scheduler.amazonaws.com"),
            "RolePolicy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "notes",
                    "Roles": [ref("Role")],
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "dynamodb:PutItem",
                                "Resource": att("Table", "Arn"),
                            }
                        ],
                    },
                },
            },
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "DependsOn": ["RolePolicy"],
                "Properties": {
                    "RoleArn": att("Role", "Arn"),
                    "DefinitionString": json.dumps(definition),
                    "DefinitionSubstitutions": {"Table": ref("Table")},
                },
            },
        },
        Bucket=ref("Bucket"),
        Versioned=ref("Versioned"),
        Table=ref("Table"),
        Key=ref("Key"),
        Queue=ref("Queue"),
        Logs=ref("Logs"),
        Group=ref("Group"),
        Machine=ref("Machine"),
    )


@dataclass
class Cloud:
    """A laptop cloud that can be killed, with its clients and the outputs of its stack."""

    laptop: Laptop
    port: int
    pid: int = 0
    out: dict = field(default_factory=dict)
    made: dict = field(default_factory=dict)
    seconds: list = field(default_factory=list)

    def start(self):
        begun = time.monotonic()
        self.pid = self.laptop.start(port=self.port).pid
        self.seconds.append(time.monotonic() - begun)

    def deploy(self, folder):
        self.laptop.deploy(write(folder, {"kept": stack()}), lambda _text: None)
        found = self.client("cloudformation").describe_stacks(StackName="kept")["Stacks"][0]
        self.out = {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def client(self, service):
        if service not in self.made:
            self.made[service] = boto3.client(
                service,
                endpoint_url=f"http://127.0.0.1:{self.port}",
                region_name=REGION,
                aws_access_key_id="laptop",
                aws_secret_access_key="laptop",
                config=Config(
                    retries={"total_max_attempts": 1},
                    s3={"addressing_style": "path"},
                    max_pool_connections=32,
                    read_timeout=20,
                ),
            )
        return self.made[service]

    def identity(self):
        """Everything by which others know what is in it."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        names = sorted(stack["StackName"] for stack in stacks)
        physical = {
            (name, one["LogicalResourceId"]): one["PhysicalResourceId"]
            for name in names
            for one in self.client("cloudformation").describe_stack_resources(StackName=name)[
                "StackResources"
            ]
        }
        roles = self.client("iam").list_roles()["Roles"]
        return {
            "stacks": {one["StackName"]: one["StackId"] for one in stacks},
            "outputs": {one["StackName"]: one.get("Outputs") for one in stacks},
            "physical": physical,
            "roles": {one["RoleName"]: (one["RoleId"], one["CreateDate"]) for one in roles},
            "policies": {
                one["RoleName"]: self.client("iam").list_role_policies(RoleName=one["RoleName"])[
                    "PolicyNames"
                ]
                for one in roles
            },
        }


class Writer:
    """Writes to one service until it is told to stop or the cloud is gone."""

    def __init__(self, cloud, seed):
        self.cloud, self.random = cloud, random.Random(seed)
        self.number = 0
        # What must be there, by key; None: that it is gone.
        self.told = {}
        # What may be there instead: the write that was not answered.
        self.open = {}
        self.writes = 0
        self.refused = []

    def run(self, stop):
        while not stop.is_set():
            self.number += 1
            try:
                self.write()
            except (BotoCoreError, ClientError, KeyError) as error:
                # What was asked is open until somebody looks. A kill between the headers and the
                # body of an answer gives botocore an answer without content.
                if not stop.is_set():
                    self.refused.append(f"{type(self).__name__}: {error}")
                    time.sleep(0.05)

    def acknowledged(self, key, value):
        self.told[key] = value
        self.open.pop(key, None)
        self.writes += 1

    def lost(self):
        """What was acknowledged and is not there; then everybody looks at the present again."""
        wrong = []
        for key in sorted({*self.told, *self.open}, key=str):
            found = self.look(key)
            allowed = [self.told.get(key)] + ([self.open[key]] if key in self.open else [])
            if found not in allowed:
                wrong.append((type(self).__name__, key, found, allowed))
            self.told[key] = found
        self.open.clear()
        return wrong


class Objects(Writer):
    """Puts, overwrites, deletes, uploads in parts."""

    bucket = "Bucket"

    def write(self):
        s3, bucket = self.cloud.client("s3"), self.cloud.out[self.bucket]
        key = f"{id(self) % 997}/{self.random.randrange(60):03d} ü/part.bin"
        body = self.random.randbytes(self.random.choice((10, 1000, 100_000, 400_000)))
        digest = hashlib.md5(body).hexdigest()
        choice = self.random.random()
        if choice < 0.12:
            self.open[key] = None
            if choice < 0.06:
                s3.delete_object(Bucket=bucket, Key=key)
            else:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
            return self.acknowledged(key, None)
        self.open[key] = digest
        where = {"Bucket": bucket, "Key": key}
        if choice < 0.24:
            upload = s3.create_multipart_upload(**where)["UploadId"]
            part = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=body)["ETag"]
            parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
            s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=parts)
        else:
            s3.put_object(**where, Body=body, Metadata={"digest": digest})
        return self.acknowledged(key, digest)

    def look(self, key):
        s3 = self.cloud.client("s3")
        try:
            found = s3.get_object(Bucket=self.cloud.out[self.bucket], Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        return hashlib.md5(found["Body"].read()).hexdigest()


class Versions(Objects):
    """The same in a bucket that keeps old versions."""

    bucket = "Versioned"


class Items(Writer):
    """Puts, updates, deletes, transactions over two items."""

    def write(self):
        client, table = self.cloud.client("dynamodb"), self.cloud.out["Table"]
        name, value = f"i{self.random.randrange(40)}", str(self.number)
        key = {"pk": {"S": name}, "sk": {"S": "a"}}
        item = {**key, "n": {"N": value}, "text": {"S": "x" * 200}}
        choice = self.random.random()
        if choice < 0.1:
            self.open[name] = None
            client.delete_item(TableName=table, Key=key)
            return self.acknowledged(name, None)
        self.open[name] = value
        if choice < 0.4:
            client.put_item(TableName=table, Item=item)
        elif choice < 0.7:
            client.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET n = :n",
                ExpressionAttributeValues={":n": {"N": value}},
            )
        else:
            other = f"t{self.random.randrange(40)}"
            twin = {**item, "pk": {"S": other}}
            self.open[other] = value
            client.transact_write_items(
                TransactItems=[{"Put": {"TableName": table, "Item": one}} for one in (item, twin)]
            )
            self.acknowledged(other, value)
        return self.acknowledged(name, value)

    def look(self, key):
        found = self.cloud.client("dynamodb").get_item(
            TableName=self.cloud.out["Table"], Key={"pk": {"S": key}, "sk": {"S": "a"}}
        )
        return found["Item"]["n"]["N"] if "Item" in found else None


class Commits(Writer):
    """Commits as Iceberg does them: one table, each naming the version that it replaces."""

    def write(self):
        client = self.cloud.client("glue")
        place = f"s3://lake/{self.number}.json"
        if not self.told:
            self.open["table"] = place
            table = {"Name": "t", "Parameters": {"metadata_location": place}}
            client.create_table(DatabaseName="kept", TableInput=table)
            return self.acknowledged("table", place)
        now = client.get_table(DatabaseName="kept", Name="t")["Table"]
        self.open["table"] = place
        before = now["Parameters"]["metadata_location"]
        client.update_table(
            DatabaseName="kept",
            TableInput={"Name": "t", "Parameters": {"metadata_location": place, PREVIOUS: before}},
            SkipArchive=True,
            VersionId=now["VersionId"],
        )
        return self.acknowledged("table", place)

    def look(self, _key):
        try:
            found = self.cloud.client("glue").get_table(DatabaseName="kept", Name="t")
        except ClientError:
            return None
        return found["Table"]["Parameters"]["metadata_location"]


class Runs(Writer):
    """Executions whose task writes an item; their histories are part of what is looked at."""

    def write(self):
        client = self.cloud.client("stepfunctions")
        name = f"e{self.number}"
        machine = self.cloud.out["Machine"]
        arn = client.start_execution(stateMachineArn=machine, name=name)["executionArn"]
        self.told[arn] = "started"
        self.writes += 1
        while client.describe_execution(executionArn=arn)["status"] == "RUNNING":
            time.sleep(0.01)
        self.told[arn] = self._shown(arn)

    def _shown(self, arn):
        client = self.cloud.client("stepfunctions")
        found = client.describe_execution(executionArn=arn)
        events = client.get_execution_history(executionArn=arn)["events"]
        times = [(one["id"], one["type"], str(one["timestamp"])) for one in events]
        error = found.get("error")
        stop = str(found.get("stopDate"))
        return found["status"], found.get("output"), error, str(found["startDate"]), stop, times

    def look(self, arn):
        found = self._shown(arn)
        cut_off = found[0] == "ABORTED" and found[2] == "Laptop.Restarted"
        # Begun, not ended: cut off, or at its end just before the kill.
        if self.told[arn] == "started" and (cut_off or found[0] == "SUCCEEDED"):
            self.told[arn] = found
        return found


class Messages(Writer):
    """Sends messages, takes every fifth away again."""

    def write(self):
        client, queue = self.cloud.client("sqs"), self.cloud.out["Queue"]
        body = f"m{self.number}"
        self.open[body] = True
        client.send_message(QueueUrl=queue, MessageBody=body)
        self.acknowledged(body, True)
        if self.number % 5 == 0:
            got = client.receive_message(QueueUrl=queue, VisibilityTimeout=1, WaitTimeSeconds=1)
            for one in got.get("Messages", []):
                self.open[one["Body"]] = None
                client.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
                self.acknowledged(one["Body"], None)

    def lost(self):
        client, queue = self.cloud.client("sqs"), self.cloud.out["Queue"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        shown = client.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        expected = sum(value is True for value in self.told.values())
        there = int(shown[names[0]])
        if abs(there - expected) > len(self.open):
            return [("Messages", "count", there, expected)]
        return []

    def look_at_all(self):
        """Receives everything: bodies that were lost, bodies that came back."""
        client, queue = self.cloud.client("sqs"), self.cloud.out["Queue"]
        time.sleep(1.1)
        found = set()
        while True:
            got = client.receive_message(
                QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=600
            ).get("Messages", [])
            if not got:
                break
            found |= {one["Body"] for one in got}
        sent = {body for body, value in self.told.items() if value}
        gone = {body for body, value in self.told.items() if value is None}
        return sorted(sent - found - self.open.keys()), sorted((gone & found) - self.open.keys())


class Settings(Writer):
    """Schedules, parameters, secrets, log lines, data under a key."""

    def write(self):
        number, name = self.number, f"s{self.random.randrange(8)}"
        kinds = ("schedule", "parameter", "secret", "line", "cipher")
        kind = self.random.choice(kinds)
        key = (kind, f"{name}-{number}" if kind in ("line", "cipher") else name)
        self.open[key] = value = f"rate({number + 1} minutes)"
        getattr(self, f"_{kind}")(key, value)
        return self.acknowledged(key, value)

    def _schedule(self, key, value):
        client = self.cloud.client("scheduler")
        do = client.update_schedule if self.told.get(key) else client.create_schedule
        do(
            Name=key[1],
            GroupName=self.cloud.out["Group"],
            FlexibleTimeWindow={"Mode": "OFF"},
            ScheduleExpression=value,
            State="DISABLED",
            Target={"Arn": self.cloud.out["Machine"], "RoleArn": CLOCK},
        )

    def _parameter(self, key, value):
        self.cloud.client("ssm").put_parameter(
            Name=f"/{key[1]}", Value=value, Type="String", Overwrite=True
        )

    def _secret(self, key, value):
        client = self.cloud.client("secretsmanager")
        if self.told.get(key):
            client.put_secret_value(SecretId=key[1], SecretString=value)
        else:
            client.create_secret(Name=key[1], SecretString=value)

    def _line(self, key, value):
        client, group = self.cloud.client("logs"), self.cloud.out["Logs"]
        stream = {"logGroupName": group, "logStreamName": key[1]}
        client.create_log_stream(**stream)
        moment = int(time.time() * 1000)
        client.put_log_events(**stream, logEvents=[{"timestamp": moment, "message": value}])

    def _cipher(self, key, value):
        made = self.cloud.client("kms").encrypt(KeyId=self.cloud.out["Key"], Plaintext=value)
        self._ciphers = {**getattr(self, "_ciphers", {}), key: made["CiphertextBlob"]}

    def look(self, key):
        try:
            return getattr(self, f"_look_{key[0]}")(key)
        except (ClientError, KeyError):
            return None

    def _look_schedule(self, key):
        found = self.cloud.client("scheduler").get_schedule(
            Name=key[1], GroupName=self.cloud.out["Group"]
        )
        return found["ScheduleExpression"]

    def _look_parameter(self, key):
        return self.cloud.client("ssm").get_parameter(Name=f"/{key[1]}")["Parameter"]["Value"]

    def _look_secret(self, key):
        return self.cloud.client("secretsmanager").get_secret_value(SecretId=key[1])["SecretString"]

    def _look_line(self, key):
        found = self.cloud.client("logs").get_log_events(
            logGroupName=self.cloud.out["Logs"], logStreamName=key[1]
        )["events"]
        return found[0]["message"] if found else None

    def _look_cipher(self, key):
        blob = self._ciphers[key]
        return self.cloud.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"].decode()


WRITERS = (Objects, Objects, Versions, Items, Commits, Runs, Messages, Settings)


@dataclass
class Result:
    """What the kills did."""

    acknowledged: dict
    lost: list
    refused: list
    starts: list
    changed_ids: int


def kill_again_and_again(cloud, *, kills, seed, between=(0.8, 2.0), say=lambda _text: None):
    """Kill a laptop cloud under its writers; count what was acknowledged and is not there."""
    chance = random.Random(seed)
    writers = [kind(cloud, seed + number) for number, kind in enumerate(WRITERS)]
    before = cloud.identity()
    lost, changed = [], 0
    for number in range(1, kills + 1):
        stop = threading.Event()
        threads = [threading.Thread(target=one.run, args=(stop,)) for one in writers]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(*between))
        # The order matters: what fails after the kill is no refusal.
        os.kill(cloud.pid, signal.SIGSTOP)
        stop.set()
        cloud.kill()
        for thread in threads:
            thread.join()
        cloud.start()
        changed += cloud.identity() != before
        wrong = [one for writer in writers for one in writer.lost()]
        lost += wrong
        told = sum(writer.writes for writer in writers)
        say(
            f"kill {number}: {told} acknowledged so far, lost {len(wrong)}, up again in "
            f"{cloud.seconds[-1]:.1f} s"
        )
    for writer in writers:
        if isinstance(writer, Messages):
            gone, back = writer.look_at_all()
            lost += [("Messages", body, "gone", "sent") for body in gone]
            lost += [("Messages", body, "back", "deleted") for body in back]
    acknowledged = {}
    for writer in writers:
        name = type(writer).__name__
        acknowledged[name] = acknowledged.get(name, 0) + writer.writes
    refused = [one for writer in writers for one in writer.refused]
    return Result(acknowledged, lost, refused, cloud.seconds, changed)
