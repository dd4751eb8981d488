"""What a laptop cloud is after `down` and `up`, and after a kill at the worst of moments."""

import contextlib
import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from killing import JOB, ROLE, stack
from laptop_assemblies import ACCOUNT, BUCKET, REGION, write
from laptop_clock import open_to_services
from pyiceberg.catalog import load_catalog

from sparklaptop import LaptopError
from sparklaptop.emrserverless.processes import group_alive

pytestmark = pytest.mark.slow


def run_of(cloud, name):
    client = cloud.client("emr-serverless")
    found = client.start_job_run(
        applicationId=application_of(cloud),
        clientToken=f"token-{name}",
        executionRoleArn=JOB,
        name=name,
        jobDriver={"sparkSubmit": {"entryPoint": f"s3://{BUCKET}/{name}.py"}},
    )
    return found["jobRunId"]


def application_of(cloud):
    return cloud.identity()["physical"]["kept", "Application"]


def wait(cloud, run, *states):
    deadline = time.monotonic() + 20
    while True:
        found = cloud.client("emr-serverless").get_job_run(
            applicationId=application_of(cloud), jobRunId=run
        )["jobRun"]
        if found["state"] in states:
            return found
        assert time.monotonic() < deadline, (found["state"], found["stateDetails"])
        time.sleep(0.05)


def group_of(cloud, run):
    return json.loads((cloud.laptop.state / "runs" / run / "process.json").read_text())["pid"]


@pytest.fixture
def waiting(cloud):
    """A machine whose executions wait for a minute."""
    definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    return cloud.client("stepfunctions").create_state_machine(
        name="waiting", roleArn=ROLE, definition=json.dumps(definition)
    )["stateMachineArn"]


def catalog(cloud):
    endpoint = f"http://127.0.0.1:{cloud.port}"
    keys = {"access-key-id": "laptop", "secret-access-key": "laptop", "region": REGION}
    return load_catalog(
        "lake",
        type="glue",
        **{"glue.endpoint": endpoint, "s3.endpoint": endpoint},
        **{f"{service}.{key}": value for service in ("glue", "s3") for key, value in keys.items()},
    )


def test_a_kill_changes_no_id_and_ends_what_was_running(cloud, waiting, assembly):
    states = cloud.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=waiting, name="cut-off")["executionArn"]
    stopped = states.start_execution(stateMachineArn=waiting, name="stopped")["executionArn"]
    done, alive = run_of(cloud, "ok"), run_of(cloud, "sleep")
    ended = wait(cloud, done, "SUCCESS")
    wait(cloud, alive, "RUNNING")
    states.stop_execution(executionArn=stopped, error="Mine", cause="enough")
    before, group = cloud.identity(), group_of(cloud, alive)

    cloud.kill()
    assert group_alive(group)
    cloud.start()

    assert not group_alive(group)
    assert cloud.identity() == before
    listed = cloud.client("emr-serverless").list_job_runs(applicationId=application_of(cloud))
    assert [one["id"] for one in listed["jobRuns"]] == [alive, done]
    cut_off = wait(cloud, alive, "FAILED")
    assert cut_off["stateDetails"] == "the laptop cloud was stopped while it ran"
    assert wait(cloud, done, "SUCCESS")["endedAt"] == ended["endedAt"]
    # The same request under the same token is the same run, also now.
    assert run_of(cloud, "ok") == done
    found = states.describe_execution(executionArn=execution)
    assert (found["status"], found["error"]) == ("ABORTED", "Laptop.Restarted")
    history = states.get_execution_history(executionArn=execution)["events"]
    assert [one["type"] for one in history][-1] == "ExecutionAborted"
    assert [one["id"] for one in history] == list(range(1, len(history) + 1))
    assert states.describe_execution(executionArn=stopped)["status"] == "ABORTED"
    unchanged = cloud.laptop.deploy(assembly, lambda _text: None).unchanged
    assert unchanged == ("kept",)


def test_tables_messages_and_versions_are_there_after_a_kill(cloud):
    rows = pyarrow.table({"k": ["a", "b"], "v": [1, 2]})
    place = f"s3://{cloud.out['Bucket']}/wh/t"
    table = catalog(cloud).create_table("kept.iceberg", rows.schema, location=place)
    for _ in range(3):
        table.append(rows)
    snapshots = [one.snapshot_id for one in table.snapshots()]
    s3, bucket = cloud.client("s3"), cloud.out["Versioned"]
    versions = [
        s3.put_object(Bucket=bucket, Key="v", Body=text, Tagging="a=b")["VersionId"]
        for text in (b"one", b"two")
    ]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="open")["UploadId"]
    first, second = b"x" * 5 * 2**20, b"y"
    where = {"Bucket": bucket, "Key": "open", "UploadId": upload}
    parts = [{"PartNumber": 1, "ETag": s3.upload_part(**where, PartNumber=1, Body=first)["ETag"]}]
    sqs = cloud.client("sqs")
    queue = sqs.create_queue(QueueName="received")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="kept")
    got = sqs.receive_message(QueueUrl=queue)["Messages"][0]

    cloud.kill()
    cloud.start()

    found = catalog(cloud).load_table("kept.iceberg")
    assert [one.snapshot_id for one in found.snapshots()] == snapshots
    found.append(rows)
    assert found.scan().to_arrow().num_rows == 8
    old = s3.get_object(Bucket=bucket, Key="v", VersionId=versions[0])["Body"].read()
    assert old == b"one"
    tags = s3.get_object_tagging(Bucket=bucket, Key="v")["TagSet"]
    assert tags == [{"Key": "a", "Value": "b"}]
    etag = s3.upload_part(**where, PartNumber=2, Body=second)["ETag"]
    parts.append({"PartNumber": 2, "ETag": etag})
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key="open")["Body"].read() == first + second
    # Who had received it can still take it away, and nobody else gets it.
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=got["ReceiptHandle"])


def test_of_writers_that_want_a_new_key_one_wins(cloud):
    def put(number):
        try:
            cloud.client("s3").put_object(
                Bucket=cloud.out["Bucket"], Key="once", Body=b"x" * 10_000, IfNoneMatch="*"
            )
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"]
        return 200

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(put, range(16))) == [200] + [412] * 15


@pytest.fixture
def told(cloud):
    """A queue that five targets of two rules tell, by number: of an own event, and of an object."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:told"
    policy = json.dumps(open_to_services("sqs:SendMessage", arn))
    url = cloud.client("sqs").create_queue(QueueName="told", Attributes={"Policy": policy})
    s3, bucket = cloud.client("s3"), cloud.out["Bucket"]
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events = cloud.client("events")
    for name, source in (("own", "shop"), ("object", "aws.s3")):
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
        events.put_targets(
            Rule=name,
            Targets=[{"Id": f"t{n}", "Arn": arn, "Input": f'["{name}", {n}]'} for n in range(5)],
        )
    yield url["QueueUrl"]
    for name in ("own", "object"):
        events.remove_targets(Rule=name, Ids=[f"t{n}" for n in range(5)])


@pytest.mark.parametrize("name", ["own", "object"])
def test_what_was_acknowledged_reaches_its_targets_after_a_kill(cloud, told, name):
    sqs = cloud.client("sqs")
    if name == "own":
        entry = {"Source": "shop", "DetailType": "Sold", "Detail": "{}"}
        assert cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    else:
        cloud.client("s3").put_object(Bucket=cloud.out["Bucket"], Key="sold", Body=b"x")
    cloud.kill()
    # Without these the kill came too late to prove anything.
    assert rows_of(cloud, "event") > 0

    cloud.start()

    expected, found, deadline = {(name, n) for n in range(5)}, set(), time.monotonic() + 10
    while found != expected and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=told, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        found |= {tuple(json.loads(one["Body"])) for one in answer.get("Messages", [])}
    assert found == expected


def rows_of(cloud, kind):
    """How many rows of a kind there are."""
    with contextlib.closing(sqlite3.connect(cloud.laptop.state / "laptop.sqlite")) as database:
        question = "select count(*) from row where kind = ?"
        return database.execute(question, (kind,)).fetchone()[0]


def steps(cloud):
    """How many steps the operation under way has made."""
    return rows_of(cloud, "answer")


def killed_while(cloud, call, *, after):
    """Kill the cloud once the operation that `call` begins has made some steps."""

    def attempt():
        with contextlib.suppress(BotoCoreError, ClientError):
            call()

    thread = threading.Thread(target=attempt)
    thread.start()
    while steps(cloud) < after:
        assert thread.is_alive(), "the operation was over before it could be cut off"
    cloud.kill()
    thread.join()
    assert steps(cloud) >= after
    cloud.start()
    assert steps(cloud) == 0


def test_a_stack_that_was_cut_off_is_finished_by_the_next_start(cloud, tmp_path):
    text, client = json.dumps(stack("cut")), cloud.client("cloudformation")
    applications = len(cloud.client("emr-serverless").list_applications()["applications"])
    keys = len(cloud.client("kms").list_keys()["Keys"])
    topics = len(cloud.client("sns").list_topics()["Topics"])

    killed_while(cloud, lambda: client.create_stack(StackName="cut", TemplateBody=text), after=8)

    found = client.describe_stacks(StackName="cut")["Stacks"][0]
    assert found["StackStatus"] == "CREATE_COMPLETE"
    # Made once, however often it was begun.
    queues = cloud.client("sqs").list_queues(QueueNamePrefix="cut-")["QueueUrls"]
    assert len(queues) == 2
    found = cloud.client("emr-serverless").list_applications()["applications"]
    assert len(found) == applications + 1
    assert len(cloud.client("kms").list_keys()["Keys"]) == keys + 1
    physical = cloud.identity()["physical"]
    mine = {name for stack_name, name in physical if stack_name == "cut"}
    assert mine == set(stack("cut")["Resources"])
    folder = write(tmp_path / "cdk.out", {"cut": stack("cut")})
    assert cloud.laptop.deploy(folder, lambda _text: None).unchanged == ("cut",)

    changed = stack("cut")
    changed["Resources"]["Table"]["Properties"]["Tags"] = [{"Key": "a", "Value": "b"}]
    for number in range(12):
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": f"t{number}"}}
        changed["Resources"][f"Topic{number:02d}"] = topic
    # The last one fails, so all of the change is put back: by the next start, too.
    changed["Resources"]["Wrong"] = {
        "Type": "AWS::SNS::Subscription",
        "DependsOn": [f"Topic{number:02d}" for number in range(12)],
        "Properties": {"TopicArn": "arn:aws:sns:::no", "Protocol": "sqs", "Endpoint": "no"},
    }
    text = json.dumps(changed)

    killed_while(cloud, lambda: client.update_stack(StackName="cut", TemplateBody=text), after=6)

    assert cloud.identity()["physical"] == physical
    found = client.describe_stacks(StackName="cut")["Stacks"][0]
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert len(cloud.client("sns").list_topics()["Topics"]) == topics + 1

    killed_while(cloud, lambda: client.delete_stack(StackName="cut"), after=6)

    assert [one["StackName"] for one in client.describe_stacks()["Stacks"]] == ["kept"]
    assert "QueueUrls" not in cloud.client("sqs").list_queues(QueueNamePrefix="cut-")


def test_a_state_that_cannot_be_read_is_refused_with_the_way_out(make):
    cloud = make()
    cloud.start()
    cloud.client("s3").create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    cloud.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x")
    cloud.laptop.stop()
    (file,) = (one for one in (cloud.laptop.state / "objects").rglob("*") if one.is_file())
    file.unlink()

    with pytest.raises(
        LaptopError, match=r"s3://bucket/k is missing(.|\n)*sparkrail down --forget"
    ):
        cloud.start()

    assert cloud.laptop.status() is None
    assert cloud.laptop.forget() is True
    cloud.start()
    assert cloud.client("s3").list_buckets()["Buckets"] == []
    assert list((cloud.laptop.state / "objects").iterdir()) == []
