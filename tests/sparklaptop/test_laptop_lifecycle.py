"""The server starts once, says where it is, and leaves nothing behind."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import boto3
import pytest
from laptop_assemblies import ACCOUNT, REGION, STAND_IN
from laptop_roles import may_everything
from test_laptop_runs import Application, group_of

from sparklaptop import Laptop, LaptopError
from sparklaptop.emrserverless.processes import group_alive
from sparklaptop.ports import free_port

# Each waits for servers or for Spark; together they are most of a minute.
pytestmark = pytest.mark.slow

OPTIONS = ("--launcher", shlex.join([sys.executable, str(STAND_IN)]), "--grace-seconds", "1")
MEMORY_LIMIT_MIB = 400


@pytest.fixture
def make(tmp_path):
    made = []

    def do(name="state", *, account=ACCOUNT, region=REGION):
        made.append(Laptop(tmp_path / name, account=account, region=region, options=OPTIONS))
        return made[-1]

    yield do
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A laptop cloud that is up for the tests that only ask it something."""
    state = tmp_path_factory.mktemp("running")
    made = Laptop(state, account=ACCOUNT, region=REGION, options=OPTIONS)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def port():
    return free_port(5740)


def clients(laptop):
    endpoint = laptop.status().endpoint

    def make(service):
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="laptop",
            aws_secret_access_key="laptop",
        )

    return make


def soon_gone(group):
    deadline = time.monotonic() + 5
    while group_alive(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not group_alive(group)


def test_it_starts_answers_and_stops(make, port):
    laptop = make()
    assert laptop.status() is None
    assert laptop.stop() is False

    up = laptop.start(port=port)

    assert (up.port, up.account, up.region) == (port, ACCOUNT, REGION)
    assert up.endpoint == f"http://127.0.0.1:{port}"
    assert up.survives_restart is True
    assert up.rss_mib <= MEMORY_LIMIT_MIB
    content = json.loads((laptop.state / "cloud.json").read_text())
    assert (content["pid"], content["endpoint"]) == (up.pid, up.endpoint)
    identity = clients(laptop)("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT
    assert laptop.stop() is True
    assert laptop.status() is None
    assert not (laptop.state / "cloud.json").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(up.pid, 0)


def test_a_second_start_answers_what_is_up(running):
    first = running.status()

    second = Laptop(running.state, account=ACCOUNT, region=REGION, options=OPTIONS).start()

    assert (second.pid, second.port) == (first.pid, first.port)


def test_two_starts_at_once_make_one_server(make):
    found = []
    laptop = make()

    threads = [threading.Thread(target=lambda: found.append(laptop.start())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found[0].pid == found[1].pid


@pytest.mark.parametrize("interrupted_after", [0.0, 0.3])
def test_a_start_that_is_interrupted_leaves_no_server(tmp_path, port, interrupted_after):
    state = tmp_path / "state"
    code = (
        "import sys; from pathlib import Path; from sparklaptop import Laptop;"
        f"laptop = Laptop(Path(sys.argv[1]), account={ACCOUNT!r}, region={REGION!r});"
        f"print('starting', flush=True); laptop.start(port={port})"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", code, str(state)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert command.stdout.readline() == b"starting\n"
    _wait_for(lambda: _servers_of(state))
    time.sleep(interrupted_after)

    command.send_signal(signal.SIGINT)

    assert b"KeyboardInterrupt" in command.communicate(timeout=20)[1]
    assert _servers_of(state) == []
    assert not (state / "cloud.json").exists()


def _servers_of(state):
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return [row for row in listed if f"sparklaptop.server --state {state}" in row]


def _wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_it_does_not_pretend_to_be_another_account(running):
    other = Laptop(running.state, account="999999999999", region=REGION, options=OPTIONS)

    with pytest.raises(LaptopError, match=r"not for 999999999999 (.|\n)*sparkrail down"):
        other.start()


def test_a_taken_port_is_named_with_its_holder(make, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()

        with pytest.raises(LaptopError, match=rf"port {port} is taken") as refusal:
            make().start(port=port)

    assert f"pid {os.getpid()}" in str(refusal.value)
    assert "sparkrail up" in str(refusal.value)


def test_without_a_port_the_next_free_one_is_taken(make, running):
    assert make().start().port != running.status().port


def test_a_cloud_file_of_a_dead_server_is_noticed(make, port):
    laptop = make()
    up = laptop.start(port=port)
    os.kill(up.pid, signal.SIGKILL)
    os.waitpid(up.pid, 0)

    assert laptop.status() is None
    assert laptop.start(port=port).pid != up.pid


def test_a_cloud_file_that_names_a_stranger_is_noticed(make, port):
    laptop = make()
    laptop.state.mkdir()
    stranger = {"pid": os.getpid(), "port": port, "endpoint": f"http://127.0.0.1:{port}"}
    rest = {"account": ACCOUNT, "region": REGION, "started_at": "2026-01-01T00:00:00+00:00"}
    (laptop.state / "cloud.json").write_text(json.dumps({**stranger, **rest}))

    assert laptop.status() is None


def test_stopping_ends_every_run(make, port):
    laptop = make()
    may_everything(laptop.start(port=port).endpoint, "job")
    run = Application(clients(laptop)).start("sleep")
    group = group_of(laptop, run)
    assert group_alive(group)

    laptop.stop()

    assert not group_alive(group)


def test_stopping_a_server_that_does_not_hear_ends_every_run_too(make, port, monkeypatch):
    laptop = make()
    up = laptop.start(port=port)
    may_everything(up.endpoint, "job")
    group = group_of(laptop, Application(clients(laptop)).start("sleep"))
    monkeypatch.setattr("sparklaptop.laptop._STOP_SECONDS", 1.0)
    deaf = SimpleNamespace(SIGTERM=signal.SIGSTOP, SIGKILL=signal.SIGKILL)
    monkeypatch.setattr("sparklaptop.laptop.signal", deaf)

    laptop.stop()

    assert laptop.status() is None
    assert soon_gone(group)


def test_a_killed_servers_runs_are_ended_by_the_next(make, port):
    laptop = make()
    up = laptop.start(port=port)
    may_everything(up.endpoint, "job")
    run = Application(clients(laptop)).start("sleep")
    group = group_of(laptop, run)
    os.kill(up.pid, signal.SIGKILL)
    os.waitpid(up.pid, 0)
    assert group_alive(group)

    laptop.start(port=port)

    assert soon_gone(group)


def test_a_run_whose_folder_cannot_be_written_fails_with_the_reason(make, port):
    laptop = make()
    laptop.start(port=port)
    (laptop.state / "runs").write_text("in the way")
    application = Application(clients(laptop))

    found = application.wait(application.start("ok"))

    assert found["state"] == "FAILED"
    assert "NotADirectoryError" in found["stateDetails"]


def test_it_listens_on_this_computer_alone(running):
    port = running.status().port

    shown = subprocess.run(
        ["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True, check=False
    )

    assert f"127.0.0.1:{port}" in shown.stdout
    assert f"0.0.0.0:{port}" not in shown.stdout


def test_the_plan_of_a_request_can_be_asked_for(running):
    application = Application(clients(running))
    request = {
        "Name": "a/k/1",
        "JobDriver": {
            "SparkSubmit": {
                "EntryPoint": "s3://x/main.py",
                "SparkSubmitParameters": "--conf spark.a=1",
            }
        },
    }

    plan = running.plan(request, application.id)

    assert "spark.a=1" in plan.argv
    assert plan.environment["AWS_ENDPOINT_URL"] == running.status().endpoint
    with pytest.raises(LaptopError, match="does not exist"):
        running.plan(request, "00nothing0000000")
    request["JobDriver"]["SparkSubmit"]["SparkSubmitParameters"] = "--conf spark.master=yarn"
    with pytest.raises(LaptopError, match="must not be set on EMR Serverless"):
        running.plan(request, application.id)


def test_what_needs_a_cloud_says_that_none_is_up(make, tmp_path):
    with pytest.raises(LaptopError, match=r"not up(.|\n)*sparkrail up"):
        make().deploy(tmp_path, print)
