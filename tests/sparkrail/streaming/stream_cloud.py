"""The reconciler of a stream, as synth writes it, on a laptop cloud with a stand-in for Spark."""

import json
import time
from pathlib import Path

from sparkmodel import Environment, Job
from sparkrail.identity.machine_basics import observed
from sparkrail.identity.reconciler_role import reconciler_statements
from sparkrail.identity.statements import allow, document, trust, use_key
from sparkrail.names import Names
from sparkrail.platform import Buckets, Keys, Platform, TeamRoom
from sparkrail.streaming.desired import StreamRun
from sparkrail.streaming.reconciler import definition

DRIVER = Path(__file__).with_name("stream_driver.py")
ACCOUNT, REGION, JOB = "111122223333", "eu-central-1", "sales_stream"
TAGS = {"project": "acme", "environment": "dev", "team": "sales"}
ALIVE = ["SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING"]
BROKERS = {"Type": "Pass", "Result": {"iam": "b-1:9098"}, "ResultPath": "$.brokers", "Next": "Tell"}
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


def environment(**kafka):
    zones = [f"{REGION}a", f"{REGION}b"]
    return Environment.model_validate(
        {
            "name": "dev",
            "project": "acme",
            "account": ACCOUNT,
            "region": REGION,
            "network": {"mode": "own", "availability_zones": zones},
            "kafka": {"mode": "serverless", **kafka},
            "teams": {"sales": {"max_vcpu": 400, "concurrent_runs": 20}},
            "quotas": {"vcpu": 4000},
        }
    )


def job(**stream):
    given = {"folder": Path("spark_jobs") / JOB, "team": "sales", "kind": "streaming"}
    ends = {"inputs": {"sales": {"topic": "sales"}}, "outputs": {"o": {"table": "sales.orders"}}}
    told = {"attempts_per_hour": 1, "drain_minutes": 1, **stream}
    return Job.model_validate({**given, **ends, "stream": told})


def quick(machine, *, polls_seconds=1):
    """A machine that waits a second wherever it waits, and knows the brokers."""
    for state in machine["States"].values():
        if state["Type"] == "Wait":
            state.pop("SecondsPath", None)
            state["Seconds"] = polls_seconds
    machine["States"]["Brokers"] = BROKERS
    return machine


class Stream:
    """A ledger, an application and the reconciler of one stream."""

    def __init__(self, client):
        self.client, stamp = client, str(time.time_ns())
        self.states, self.emr = client("stepfunctions"), client("emr-serverless")
        self.dynamodb, self.s3 = client("dynamodb"), client("s3")
        self.ledger, self.bucket = f"ledger{stamp}", f"logs{stamp}"
        self.names = Names(environment())
        self.machine = self.names.machine_arn(JOB)
        self.key = client("kms").create_key()["KeyMetadata"]["Arn"]
        self._make()
        self._driver_role()

    def fresh(self, folder, **kafka):
        """Forget all rows, files, messages and the machine; a new application has no runs yet."""
        self.folder, self.names = folder, Names(environment(**kafka))
        self.unpause()
        for row in self.dynamodb.scan(TableName=self.ledger)["Items"]:
            key = {name: row[name] for name in ("pk", "sk")}
            self.dynamodb.delete_item(TableName=self.ledger, Key=key)
        for each in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", []):
            self.s3.delete_object(Bucket=self.bucket, Key=each["Key"])
        self.told()
        self.states.delete_state_machine(stateMachineArn=self.machine)
        self.application = self.emr.create_application(
            name=self.ledger,
            releaseLabel="emr-7.14.0",
            type="SPARK",
            tags=TAGS,
            schedulerConfiguration={"maxConcurrentRuns": 1000, "queueTimeoutMinutes": 720},
        )["applicationId"]
        self._machine_role()
        self.deployed = False
        return self

    @property
    def platform(self):
        room = TeamRoom(schedule_group="", machine_logs="", policies={}, applications={})
        return Platform(
            environment=self.names.environment,
            tables={},
            keys=Keys(data=self.key, logs=self.key, messages=self.key),
            buckets=Buckets(raw="raw", lake="lake", checkpoints="checkpoints", logs=self.bucket),
            ledger=self.ledger,
            kafka=self.names.arn("kafka", "cluster/acme-dev-kafka/1"),
            rooms={"sales": room},
        )

    def _make(self):
        keys = ("pk", "sk")
        self.dynamodb.create_table(
            TableName=self.ledger,
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        place = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration=place)
        self.client("sns").create_topic(Name=self.names.alarm_topic)
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.ledger}"
        self.heard = self.client("sqs").create_queue(QueueName=self.ledger)["QueueUrl"]
        self.client("sns").subscribe(
            TopicArn=self.names.alarm_topic_arn, Protocol="sqs", Endpoint=arn
        )

    def _role(self, name, service, source, statements):
        iam, policy = self.client("iam"), trust(service, names=self.names, source_arn=source)
        if name not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
        text = json.dumps(document(statements))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=text)

    def deploy(self, version="aaaaaaaa", *, change=None, seconds=1, **stream):
        """Make or change the machine, as a deploy of this version does."""
        job_, names = job(**stream), self.names
        control = f"s3://{self.bucket}/streams/{JOB}/"
        arguments = ["--job", JOB, "--parameter", f"folder={self.folder}", "--control", control]
        what = StreamRun(
            entry_point="s3://x/main.py",
            spark_submit=SPARK,
            arguments=[*arguments, "--stream-version", "${Version}"],
        )
        made = quick(json.loads(definition(job_, what, names=names)), polls_seconds=seconds)
        if change:
            change(made["States"])
        text = json.dumps(made)
        for name, value in {
            "Version": version,
            "LedgerName": self.ledger,
            "LogsBucketName": self.bucket,
            "ApplicationId": self.application,
            "DataKeyArn": self.key,
        }.items():
            text = text.replace(f"${{{name}}}", value)
        if self.deployed:
            self.states.update_state_machine(stateMachineArn=self.machine, definition=text)
        else:
            role = names.role_arn(JOB, "machine")
            name = names.machine(JOB)
            self.states.create_state_machine(name=name, definition=text, roleArn=role)
        self.deployed = True
        return self

    def _driver_role(self):
        names = self.names
        files = names.bucket_arn(self.bucket, f"streams/{JOB}/*")
        self._role(
            names.role(JOB, "job"),
            "emr-serverless.amazonaws.com",
            names.arn("emr-serverless", "/applications/*"),
            [
                allow("Disks", ["kms:Decrypt", "kms:GenerateDataKey"], [self.key]),
                allow("Files", ["s3:GetObject", "s3:PutObject"], [files]),
                allow("List", ["s3:ListBucket"], [names.bucket_arn(self.bucket)]),
            ],
        )

    def _machine_role(self):
        """What a template lets the reconciler do, and nothing else."""
        names, key = self.names, self.key
        may = reconciler_statements(job(), self.platform, application_id=self.application)
        may += [
            allow("Tell", ["sns:Publish"], [names.alarm_topic_arn]),
            use_key("UseDataKey", key, ["dynamodb", "emr-serverless"], names=names),
            use_key("UseLogKey", key, ["s3"], names=names),
            *observed(names, key_arn=key),
        ]
        self._role(names.role(JOB, "machine"), "states.amazonaws.com", self.machine, may)

    def wake(self, by="watchdog"):
        """Start the reconciler; the execution's ARN."""
        given = json.dumps({"by": by})
        return self.states.start_execution(stateMachineArn=self.machine, input=given)[
            "executionArn"
        ]

    def ended(self, execution, seconds=60):
        """Wait for the end of an execution; its description."""

        def over():
            found = self.states.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        return self.until(over, seconds)

    def reconcile(self, by="watchdog"):
        """Wake it and wait until it, and whoever it started, has ended well."""
        execution = self.wake(by)
        found = self.ended(execution)
        assert found["status"] == "SUCCEEDED", (
            found,
            self.path(execution),
            self.failures(execution),
        )
        self.quiet()
        return self.path(execution)

    def quiet(self, seconds=60):
        """Wait until no reconciler runs."""
        self.until(lambda: not self.executions("RUNNING"), seconds)

    def executions(self, status):
        return self.states.list_executions(stateMachineArn=self.machine, statusFilter=status)[
            "executions"
        ]

    def path(self, execution):
        """Names of the states that an execution entered, in order."""
        found = self.states.get_execution_history(executionArn=execution, maxResults=1000)
        entered = [event.get("stateEnteredEventDetails") for event in found["events"]]
        return [each["name"] for each in entered if each]

    def failures(self, execution):
        found = self.states.get_execution_history(executionArn=execution, maxResults=1000)
        return [event for event in found["events"] if "Failed" in event["type"]]

    def row(self, kind="state"):
        key = {"pk": {"S": f"stream#{JOB}"}, "sk": {"S": kind}}
        found = self.dynamodb.get_item(TableName=self.ledger, Key=key, ConsistentRead=True)
        return {name: next(iter(v.values())) for name, v in found.get("Item", {}).items()}

    def put(self, kind="state", **values):
        item = {"pk": {"S": f"stream#{JOB}"}, "sk": {"S": kind}, **values}
        self.dynamodb.put_item(TableName=self.ledger, Item=item)

    def pause(self):
        item = {"pk": {"S": f"job#{JOB}"}, "sk": {"S": "pause"}}
        self.dynamodb.put_item(TableName=self.ledger, Item=item)

    def unpause(self):
        key = {"pk": {"S": f"job#{JOB}"}, "sk": {"S": "pause"}}
        self.dynamodb.delete_item(TableName=self.ledger, Key=key)

    def runs(self, *states):
        """Names and states of job runs, the oldest first."""
        more = {"states": list(states)} if states else {}
        found = self.emr.list_job_runs(applicationId=self.application, maxResults=50, **more)
        runs = sorted(found["jobRuns"], key=lambda run: run["createdAt"])
        return [(run["name"].removeprefix(f"{JOB}/stream/"), run["state"]) for run in runs]

    def live(self):
        return [name for name, _ in self.runs(*ALIVE)]

    def tell(self, who, what):
        """Tell the driver of a generation or version what to do."""
        (self.folder / f"do-{who}").write_text(what)

    def runs_at(self, generation):
        """Wait until the driver of a generation runs."""
        self.until(lambda: (str(generation), "RUNNING") in self.runs("RUNNING"))
        self.until(lambda: any(line[1:3] == ["began", str(generation)] for line in self.drivers()))
        return self

    def commits_at(self, generation):
        """Let a generation commit, and wait until it has."""
        self.tell(generation, "commit")
        key = f"streams/{JOB}/committed/{generation}"

        def there():
            found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=key)
            return key in [each["Key"] for each in found.get("Contents", [])]

        self.until(there)
        return self

    def fails(self, generation, how="crash"):
        """Let a generation end, and wait until EMR Serverless knows."""
        self.tell(generation, how)
        self.until(lambda: (str(generation), "FAILED") in self.runs())
        return self

    def drivers(self):
        """What drivers wrote down: moment, began or ended, generation, version."""
        file = self.folder / "drivers"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []

    def most_at_once(self):
        """How many drivers ran at a time, at most."""
        running = most = 0
        for _, what, *_ in sorted(self.drivers(), key=lambda line: float(line[0])):
            running += 1 if what == "began" else -1
            most = max(most, running)
        return most

    def told(self):
        """Messages to the people who are told of failures, since somebody last asked."""
        sqs, got = self.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for each in messages:
                sqs.delete_message(QueueUrl=self.heard, ReceiptHandle=each["ReceiptHandle"])
                got.append(json.loads(each["Body"]))
        return got

    def until(self, holds, seconds=30):
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < deadline, (self.row(), self.row("lease"), self.runs())
            time.sleep(0.05)
        return found

    def end(self):
        """Let nothing run on after a test."""
        self.pause()
        self.quiet()
        for run in self.emr.list_job_runs(applicationId=self.application, states=ALIVE)["jobRuns"]:
            self.emr.cancel_job_run(applicationId=self.application, jobRunId=run["id"])
        self.quiet()
