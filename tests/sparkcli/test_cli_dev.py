"""`dev` with a real laptop cloud and real Spark: edit and see, breakpoints, nothing left."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import boto3
import pytest
from cli_cloud import ACCOUNT, PREFIX, PROJECT, REGION

from sparkcli.processes import descendants

pytestmark = pytest.mark.slow
DEBUG_PORT, CLOUD_PORT = 5890, 5880
JOB = "items_daily"
SETTINGS = {
    "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.lake.type": "glue",
    "spark.sql.catalog.lake.warehouse": f"s3://{PREFIX}-lake/warehouse",
    "spark.sql.catalog.lake.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "spark.sql.session.timeZone": "UTC",
}
ARGUMENTS = (
    f"States.Array('--job', '{JOB}', '--input', 'items=s3://{PREFIX}-raw/{JOB}/', "
    f"'--output', 'daily=lake.shop_dev_shop.{JOB}', '--quarantine', "
    f"'lake.shop_dev_shop.{JOB}_quarantine', '--quarantine-percent', '10', "
    f"'--reports', 's3://{PREFIX}-logs/reports/{JOB}/', '--run-key', $.key)"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with a new job, and a laptop cloud that holds what its deploy would have made."""
    import shutil

    from sparklaptop import Laptop
    from sparklaptop.ports import free_port

    root = tmp_path_factory.mktemp("dev") / "shop"
    shutil.copytree(PROJECT, root)
    assert _command(root, "new", "job", JOB).wait(60) == 0
    laptop = Laptop(root / ".sparkrail/laptop/dev", account=ACCOUNT, region=REGION)
    _deploy_by_hand(laptop.start(port=free_port(CLOUD_PORT)).endpoint)
    _synth(root)
    yield root
    laptop.stop()


@pytest.fixture
def items(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text("day,amount\n2026-11-20,1.5\n2026-11-20,2.5\n2026-11-21,4\n")
    return path


def _deploy_by_hand(endpoint):
    keys = {"aws_access_key_id": "laptop", "aws_secret_access_key": "laptop"}
    client = {
        name: boto3.client(name, endpoint_url=endpoint, region_name=REGION, **keys)
        for name in ("s3", "glue", "emr-serverless", "stepfunctions", "iam")
    }
    for purpose, service in (("machine", "states"), ("job", "emr-serverless")):
        _make_role(client["iam"], f"{PREFIX}-{JOB}-{purpose}", f"{service}.amazonaws.com")
    for bucket in ("raw", "lake", "logs"):
        client["s3"].create_bucket(
            Bucket=f"{PREFIX}-{bucket}",
            CreateBucketConfiguration={"LocationConstraint": REGION},
        )
    client["glue"].create_database(DatabaseInput={"Name": "shop_dev_shop"})
    application = client["emr-serverless"].create_application(
        name="shop", releaseLabel="emr-7.14.0", type="SPARK"
    )
    client["stepfunctions"].create_state_machine(
        name=f"{PREFIX}-{JOB}",
        definition=json.dumps(_definition(application["applicationId"])),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-{JOB}-machine",
    )


def _make_role(iam, name, service):
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    documents = [
        json.dumps({"Version": "2012-10-17", "Statement": [s]}) for s in (trust, everything)
    ]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=documents[0])
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=documents[1])


def _definition(application):
    submit = {
        "EntryPoint": f"s3://{PREFIX}-lake/main.py",
        "EntryPointArguments.$": ARGUMENTS,
        "SparkSubmitParameters": " ".join(f"--conf {k}={v}" for k, v in SETTINGS.items()),
    }
    run = {
        "Type": "Task",
        "Resource": "arn:aws:states:::emr-serverless:startJobRun.sync",
        "Parameters": {
            "ApplicationId": application,
            "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-{JOB}-job",
            "JobDriver": {"SparkSubmit": submit},
        },
        "End": True,
    }
    return {"StartAt": "Run", "States": {"Run": run}}


def _synth(root):
    code = "from sparkcli.synth import synthesize; from sparkcli.workspace import Workspace;"
    code += "synthesize(Workspace.open('laptop'))"
    environment = {**os.environ, "SPARKRAIL_PROJECT": str(root)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def _command(root, *words, output=subprocess.DEVNULL):
    return subprocess.Popen(
        [sys.executable, "-c", "from sparkcli.app import main; main()", *map(str, words)],
        env={**os.environ, "SPARKRAIL_PROJECT": str(root)},
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def _wait_for(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found


def _alive(pid):
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return bool(listed) and not listed.startswith("Z")


def test_a_saved_line_shows_its_new_result_and_ctrl_c_leaves_nothing(project, items, tmp_path):
    printed = tmp_path / "printed.txt"
    with printed.open("wb") as output:
        command = _command(project, "dev", JOB, "--input", items, "--watch", output=output)

    _wait_for(lambda: "from the work tree" in printed.read_text())
    assert re.search(r"2026-11-20\s+2\s+4\.0", printed.read_text())
    transforms = project / "spark_jobs" / JOB / "transforms.py"
    transforms.write_text(transforms.read_text().replace('F.sum("amount")', 'F.max("amount")'))
    saved = time.monotonic()
    _wait_for(lambda: printed.read_text().count("from the work tree") == 2)
    print(f"a saved line: new result after {time.monotonic() - saved:.1f} s")
    assert re.search(r"2026-11-20\s+2\s+2\.5", printed.read_text())

    with items.open("a") as file:
        file.write("2026-11-22,1\n")
    (project / "spark_jobs" / JOB / "main.py").touch()
    family = _wait_for(lambda: _java_among(descendants(command.pid)))
    command.send_signal(signal.SIGINT)

    assert command.wait(30) == 130
    _wait_for(lambda: not any(_alive(pid) for pid in family), seconds=10)
    assert "Traceback" not in printed.read_text().rpartition("Saved:")[0]


def test_what_is_saved_before_the_first_run_ends_is_seen(tmp_path):
    from sparkcli.commands.dev import _saves

    folder = tmp_path / "spark_jobs"
    folder.mkdir()
    saves = _saves(SimpleNamespace(root=tmp_path))
    assert next(saves) == []
    later = threading.Timer(10, (folder / "later.py").touch)  # ends the wait if nothing was seen
    later.start()

    (folder / "main.py").touch()

    try:
        assert next(saves) == ["spark_jobs/main.py"]
    finally:
        later.cancel()


def _java_among(pids):
    listed = subprocess.run(
        ["ps", "-o", "comm=", "-p", ",".join(map(str, pids)) or "0"],
        capture_output=True,
        text=True,
        check=False,
    )
    return pids if "java" in listed.stdout else None


class Debugger:
    """A client of the Debug Adapter Protocol, as far as a breakpoint needs one."""

    def __init__(self, port):
        self._socket = _wait_for(lambda: _connected(port))
        self._stream = self._socket.makefile("rb")
        self._number = 0

    def send(self, command, **arguments):
        self._number += 1
        body = {"seq": self._number, "type": "request", "command": command}
        body["arguments"] = arguments
        text = json.dumps(body).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))

    def wait_for(self, kind, name):
        while True:
            message = self._receive()
            if message["type"] == kind and message.get("event", message.get("command")) == name:
                return message

    def _receive(self):
        length = 0
        while line := self._stream.readline().strip():
            length = int(line.rpartition(b":")[2])
        return json.loads(self._stream.read(length))

    def close(self):
        self._socket.close()


def _connected(port):
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=90)
    except ConnectionRefusedError:
        return None


def test_a_breakpoint_in_main_is_hit(project, items):
    main = project / "spark_jobs" / JOB / "main.py"
    lines = main.read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "run.accept" in text)
    command = _command(project, "dev", JOB, "--input", items, "--debug", "--port", DEBUG_PORT)
    debugger = Debugger(DEBUG_PORT)

    debugger.send("initialize", adapterID="test", pathFormat="path")
    debugger.wait_for("response", "initialize")
    debugger.send("attach", justMyCode=True)
    debugger.wait_for("event", "initialized")
    debugger.send("setBreakpoints", source={"path": str(main)}, breakpoints=[{"line": line}])
    debugger.send("configurationDone")
    stopped = debugger.wait_for("event", "stopped")
    debugger.send("stackTrace", threadId=stopped["body"]["threadId"])
    frame = debugger.wait_for("response", "stackTrace")["body"]["stackFrames"][0]
    debugger.send("disconnect", terminateDebuggee=False)
    code = command.wait(90)
    debugger.close()

    assert stopped["body"]["reason"] == "breakpoint"
    assert (frame["name"], frame["line"]) == ("main", line)
    assert code == 0
