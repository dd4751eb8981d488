"""The ledger, the history and the runs, as the commands show them."""

import json

import pytest
from cli_cloud import PREFIX, REPORT, recording

SUCCESS = {
    "Claim": {"Type": "Pass", "Next": "Run"},
    "Run": {"Type": "Pass", "Next": "Record"},
    "Record": {**recording("SUCCEEDED", report=REPORT), "End": True},
}
FAILURE = {
    "Run": {"Type": "Pass", "Next": "MarkFailed"},
    "MarkFailed": {**recording("FAILED", cause="the file is empty"), "Next": "Failed"},
    "Failed": {"Type": "Fail", "Error": "JobFailed", "Cause": "the file is empty"},
}


@pytest.fixture
def tills(tmp_path):
    path = tmp_path / "tills.csv"
    path.write_text("day,amount\n2026-11-21,4\n")
    return path


def test_a_run_ends_with_one_json_object(sparkrail, machine, tills):
    machine(**SUCCESS)

    ended = sparkrail("run", "sales", "--input", f"tills={tills}", "--key", "k1", "--json")

    assert ended.code == 0
    assert ended.document["job"] == "sales"
    assert ended.document["run_key"] == "k1"
    assert ended.document["state"] == "SUCCEEDED"
    assert ended.document["rows"] == REPORT["rows"]
    assert {"synth", "deploy", "upload", "session", "read", "write", "total"} <= set(
        ended.document["seconds"]
    )


def test_a_run_shows_its_states_and_its_accounting(sparkrail, machine, tills):
    machine(**SUCCESS)

    ended = sparkrail("run", "sales", "--input", f"tills={tills}", "--key", "k1")

    assert [word for word in ("Claim", "Run", "Record") if word in ended.err] == [
        "Claim",
        "Run",
        "Record",
    ]
    assert "read 1,010 = used 1,000 + excluded 4 + quarantined 6" in ended.out
    assert "Next: ./sparkrail query" in ended.err


def test_a_file_goes_beside_its_input_and_is_told_to_the_machine(sparkrail, machine, cloud, tills):
    machine(**SUCCESS)

    ended = sparkrail(
        "run",
        "sales",
        "--input",
        f"tills={tills}",
        "--parameter",
        "min_days=3",
        "--key",
        "k1",
        "--json",
    )

    described = cloud("stepfunctions").describe_execution(executionArn=ended.document["execution"])
    location = f"s3://{PREFIX}-raw/tills/_manual/k1/tills.csv"
    assert json.loads(described["input"]) == {
        "key": "k1",
        "generation": 1,
        "overrides": {"inputs": {"tills": location}, "parameters": {"min_days": "3"}},
    }
    stored = cloud("s3").get_object(Bucket=f"{PREFIX}-raw", Key="tills/_manual/k1/tills.csv")
    assert stored["Body"].read() == tills.read_bytes()


def test_a_failed_run_exits_1_with_the_cause_and_the_log_command(sparkrail, machine):
    machine(**FAILURE)

    ended = sparkrail("run", "sales", "--key", "k1", "--json")

    assert ended.code == 1
    assert ended.document["state"] == "FAILED"
    assert ended.document["error"]["message"] == "the file is empty"
    assert "./sparkrail logs sales/k1" in ended.err


def test_refused_input_exits_2_with_the_drivers_words(sparkrail, machine, cloud):
    machine(**FAILURE)
    report = {**REPORT, "state": "FAILED", "rows": {"read": 0}}
    report["error"] = {"type": "InputRefused", "message": "no column date", "retryable": False}
    for attempt in (2, 10):
        report["attempt"] = attempt
        cloud("s3").put_object(
            Bucket=f"{PREFIX}-logs",
            Key=f"reports/sales/k1-1-{attempt}.json",
            Body=json.dumps(report).encode(),
        )

    ended = sparkrail("run", "sales", "--key", "k1", "--json")

    assert ended.code == 2
    assert ended.document["error"]["type"] == "InputRefused"
    assert "no column date" in ended.err


def test_a_finished_key_is_refused_naming_its_holder_and_uploads_nothing(
    sparkrail, machine, cloud, ledger_row, tills
):
    machine(**SUCCESS)
    held = ledger_row("k1")

    ended = sparkrail("run", "sales", "--input", f"tills={tills}", "--key", "k1", "--json")

    assert ended.code == 2
    assert ended.document["state"] == "DUPLICATE"
    assert ended.document["holder"] == held["execution"]
    assert "--again" in ended.err
    assert cloud("s3").list_objects_v2(Bucket=f"{PREFIX}-raw")["KeyCount"] == 0


def test_again_raises_the_generation_and_keeps_the_first_upload(sparkrail, machine, cloud, tills):
    machine(**SUCCESS)
    call = ["run", "sales", "--input", f"tills={tills}", "--key", "k1"]
    assert sparkrail(*call).code == 0
    tills.write_text("changed\n")

    ended = sparkrail(*call, "--again", "--json")

    assert ended.code == 0
    assert sparkrail("runs", "sales/k1", "--json").document["generation"] == 2
    first = cloud("s3").get_object(Bucket=f"{PREFIX}-raw", Key="tills/_manual/k1/tills.csv")
    assert b"changed" not in first["Body"].read()


@pytest.mark.parametrize(
    ("outcome", "code"),
    [({"outcome": "Duplicate", "state": "RUNNING"}, 2), ({"outcome": "Skipped"}, 1)],
)
def test_a_refused_claim_names_who_holds_it(sparkrail, machine, outcome, code):
    machine(Refused={"Type": "Pass", "Result": {**outcome, "holder": "the-holder"}, "End": True})

    ended = sparkrail("run", "sales", "--key", "k1", "--json")

    assert ended.code == code
    assert ended.document["state"] == outcome["outcome"].upper()
    assert ended.document["holder"] == "the-holder"


def test_runs_lists_the_newest_first_and_failed_filters(sparkrail, ledger_row):
    ledger_row("k1", since="2026-11-20T06:30:00Z", report=REPORT)
    ledger_row("k2", since="2026-11-21T06:30:00Z", state="FAILED", cause="disk full")

    listed = sparkrail("runs", "--json").document
    failed = sparkrail("runs", "sales", "--failed", "--json").document

    assert [row["run_key"] for row in listed] == ["k2", "k1"]
    assert listed[1]["rows"] == REPORT["rows"]
    assert [row["run_key"] for row in failed] == ["k2"]


def test_one_run_is_shown_whole(sparkrail, ledger_row):
    ledger_row("k1", report=REPORT)

    document = sparkrail("runs", "sales/k1", "--json").document

    assert document["report"] == REPORT
    assert document["generation"] == 1


def test_history_tells_states_and_errors(sparkrail, machine):
    machine(**FAILURE)
    sparkrail("run", "sales", "--key", "k1")

    document = sparkrail("runs", "sales/k1", "--history", "--json").document

    assert [moment["state"] for moment in document if moment["state"]] == [
        "Run",
        "MarkFailed",
        "Failed",
    ]
    assert document[-1]["error"] == "JobFailed"
    assert document[-1]["cause"] == "the file is empty"


def test_an_unknown_key_names_the_nearest(sparkrail, ledger_row):
    ledger_row("manual-20261121T063000Z")

    ended = sparkrail("runs", "sales/manual-20261121T063000")

    assert ended.code == 2
    assert 'Did you mean "manual-20261121T063000Z"?' in ended.err


def test_ctrl_c_while_following_says_that_the_run_goes_on(sparkrail, machine, cloud, monkeypatch):
    arn = machine(Wait={"Type": "Wait", "Seconds": 30, "End": True})

    def interrupted(_cloud, _execution, _tell):
        raise KeyboardInterrupt

    monkeypatch.setattr("sparkcli.commands.run.follow", interrupted)

    ended = sparkrail("run", "sales", "--key", "k1", "--json")

    assert ended.code == 130
    assert ended.document["state"] == "RUNNING"
    assert "sales/k1 keeps running" in ended.err
    assert "./sparkrail logs sales/k1 --follow" in ended.err
    running = cloud("stepfunctions").list_executions(stateMachineArn=arn, statusFilter="RUNNING")
    assert len(running["executions"]) == 1


def test_a_run_that_was_never_claimed_has_no_log_and_is_to_be_started_again(sparkrail, machine):
    machine(
        NoLedger={"Type": "Fail", "Error": "LedgerUnavailable", "Cause": "The key is disabled."}
    )

    ended = sparkrail("run", "sales", "--key", "k1", "--json")

    assert ended.code == 1
    assert ended.document["error"] == {
        "type": "LedgerUnavailable",
        "message": "The key is disabled.",
        "next": "./sparkrail run sales --key k1",
    }
