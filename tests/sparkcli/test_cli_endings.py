"""How commands end: exit codes, one JSON document, the next command, never a traceback."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_cloud import FakeLaptop

from sparkcli import app

WRONG_CALLS = [
    ["run", "saels"],
    ["run", "sales", "--parameter", "min_days=x"],
    ["run", "sales", "--input", "tills=nowhere.csv"],
    ["run", "sales", "--input", "nowhere.csv"],
    ["run", "sales", "--again"],
    ["run", "sales", "--key", "a b"],
    ["run", "sales", "--env", "laptop:staging"],
    ["run"],
    ["runs", "saels"],
    ["runs", "sales/never"],
    ["runs", "--history"],
    ["logs", "sales", "--follow", "--command"],
    ["query", "select * from"],
    ["query", "drop table shop.daily"],
    ["query", "select 1; select 2"],
    ["query", "select * from shop.dayly"],
    ["query", "select * from daily"],
    ["new", "job", "sales"],
    ["new", "job", "My-Job"],
    ["new", "job", "json"],
    ["new", "job", "fine", "--team", "shoop"],
    ["dev", "sales", "--watch", "--json"],
    ["frobnicate"],
    ["up", "--frobnicate"],
    ["up", "--port", "many"],
    ["pause", "saels"],
    ["resume", "sales", "--missed", "some"],
    ["resume", "sales", "--since", "yesterday"],
    ["rerun", "sales"],
    ["rerun", "sales/never"],
    ["stop", "sales"],
    ["backfill", "sales", "--from", "2026-11-01"],
]


@pytest.mark.parametrize("call", WRONG_CALLS, ids=" ".join)
def test_a_wrong_call_exits_2_with_a_sentence(sparkrail, cloud, call):
    ended = sparkrail(*call)

    assert ended.code == 2
    assert "Error:" in ended.err
    assert "Traceback" not in ended.out + ended.err


@pytest.mark.parametrize("call", WRONG_CALLS, ids=" ".join)
def test_json_of_a_wrong_call_is_one_document_with_the_error(sparkrail, cloud, call):
    ended = sparkrail(*call, "--json")

    assert ended.code == 2
    assert ended.document["error"]["message"]


@pytest.mark.parametrize(
    "call",
    [
        ["doctor"],
        ["up"],
        ["down"],
        ["check"],
        ["runs"],
        ["query", "select 1 as n"],
        ["pause", "sales"],
        ["resume", "sales"],
        ["rerun", "sales", "--failed"],
        ["backfill", "--list"],
    ],
)
def test_every_command_ends_with_the_next_one(sparkrail, cloud, call):
    ended = sparkrail(*call)

    assert ended.err.rstrip().splitlines()[-1].startswith("Next: ./sparkrail ")


@pytest.mark.parametrize(
    "call", [["runs"], ["logs", "sales"], ["query", "select * from shop.daily"]]
)
def test_a_laptop_that_is_down_is_said_with_the_command_that_starts_it(sparkrail, cloud, call):
    FakeLaptop.up = False

    ended = sparkrail(*call, "--json")

    assert ended.code == 1
    assert ended.document["error"]["next"] == "./sparkrail up"


def test_a_manifest_with_problems_is_refused_before_anything_starts(sparkrail, cloud, project):
    manifest = project / "spark_jobs/sales/job.toml"
    manifest.write_text(manifest.read_text().replace("xsmall", "xsmal"))
    FakeLaptop.up = False

    ended = sparkrail("run", "sales", "--json")

    assert ended.code == 2
    assert 'Did you mean "xsmall"?' in ended.document["error"]["message"]
    assert not FakeLaptop.up


@pytest.mark.failure_mode(28)
def test_check_lists_every_problem_by_file_line_and_key(sparkrail, project, observe):
    manifest = project / "spark_jobs/sales/job.toml"
    manifest.write_text(
        manifest.read_text().replace("xsmall", "xsmal").replace("shop.daily", "shop.dayly")
    )

    ended = sparkrail("check", "--json")

    assert ended.code == 2
    assert {problem["key"] for problem in ended.document["problems"]} >= {"spark.size"}
    assert all(problem["line"] for problem in ended.document["problems"])
    first = ended.document["problems"][0]
    observe(
        happened=f"{len(ended.document['problems'])} mistakes in a manifest: exit {ended.code}, "
        "nothing synthesized",
        user_sees=f"each with file, line and key, such as {first['file']}:{first['line']} "
        f"{first['key']}",
    )


def test_outside_a_project_is_said(sparkrail, monkeypatch, tmp_path):
    monkeypatch.setenv("SPARKRAIL_PROJECT", str(tmp_path / "nowhere"))

    ended = sparkrail("check")

    assert ended.code == 2
    assert "not inside a sparkrail project" in ended.err


def test_a_defect_is_a_sentence_and_its_traceback_a_file(sparkrail, cloud, monkeypatch):
    def broken(_env):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("sparkcli.workspace.Workspace.open", broken)

    ended = sparkrail("runs")

    assert ended.code == 1
    assert "Traceback" not in ended.err
    written = next(word for word in ended.err.split() if word.endswith(".txt;"))
    path = Path(written.rstrip(";"))
    assert "ZeroDivisionError" in path.read_text()
    path.unlink()


def test_a_full_disk_is_a_sentence(sparkrail, cloud, monkeypatch):
    def full(_workspace):
        raise OSError(28, "No space left on device", "cdk.out")

    monkeypatch.setattr("sparkcli.bringup.synthesize", full)

    ended = sparkrail("up")

    assert ended.code == 1
    assert "The disk is full while writing cdk.out" in ended.err


def test_no_colour_and_no_spinner_reach_a_pipe(sparkrail, cloud):
    ended = sparkrail("check")

    assert "\x1b" not in ended.out + ended.err


def test_help_imports_nothing_heavy():
    heavy = ["boto3", "botocore", "duckdb", "pyarrow", "pydantic", "pyiceberg", "pyspark"]
    heavy += ["sparkmodel", "sparklaptop"]
    code = f"import sparkcli.app, sys; print([m for m in {heavy!r} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"


def test_ctrl_c_ends_the_command_and_its_child(project, tmp_path):
    """The app that synthesizes is a child; it is gone with the command."""
    mark = tmp_path / "child.pid"
    (project / "app.py").write_text(
        f"import os, time, pathlib; pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    code = (
        "from sparkcli.synth import synthesize; from sparkcli.workspace import Workspace;"
        "from sparkcli import app; app.app = lambda **_: synthesize(Workspace.open('laptop'));"
        "app.main()"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "SPARKRAIL_PROJECT": str(project)}
    )
    _wait_for(lambda: mark.exists() and mark.read_text())

    command.send_signal(signal.SIGINT)

    assert command.wait(10) == 130
    child = int(mark.read_text())
    _wait_for(lambda: not _alive(child))


def _wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_command_is_documented_with_its_exit_codes():
    text = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    registered = app.app.registered_commands
    commands = [command.name or command.callback.__name__ for command in registered]

    for command in [*commands, "new job"]:
        assert f"## {command}" in text, command
    assert "130" in text


def test_docs_name_the_keys_of_json_that_commands_print(sparkrail, cloud, ledger_row):
    text = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    ledger_row("k1")
    for call in (["up"], ["down"], ["check"], ["doctor"]):
        for key in json.loads(sparkrail(*call, "--json").out):
            assert f"`{key}`" in text, (call, key)


@pytest.mark.parametrize("was_up", [True, False])
def test_ctrl_c_in_up_stops_only_a_laptop_that_it_started(sparkrail, cloud, monkeypatch, was_up):
    FakeLaptop.up = was_up

    def interrupted(_workspace):
        raise KeyboardInterrupt

    monkeypatch.setattr("sparkcli.bringup.synthesize", interrupted)

    assert sparkrail("up").code == 130
    assert FakeLaptop.up is was_up


def test_a_second_up_says_already_up(sparkrail, cloud):
    FakeLaptop.up = False

    first, second = sparkrail("up", "--json"), sparkrail("up")

    assert first.document["already_up"] is False
    assert "already up" in second.out


def test_without_a_set_up_the_script_says_what_to_type(tmp_path):
    script = tmp_path / "sparkrail"
    script.write_text((Path(__file__).parents[2] / "sparkrail").read_text())
    script.chmod(0o755)

    done = subprocess.run([script, "doctor"], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert f"make -C '{tmp_path}' setup" in done.stderr


def test_the_script_works_from_any_folder(tmp_path):
    script = Path(__file__).parents[2] / "sparkrail"

    done = subprocess.run(
        [script, "check", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0
    assert "Usage" in done.stdout
