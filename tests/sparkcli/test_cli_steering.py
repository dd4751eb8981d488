"""Pause, resume, stop, rerun: what is done to runs, and what is said about it."""

import json
from datetime import UTC, datetime

import pytest
from cli_cloud import ACCOUNT, PREFIX, REGION, add_job, recording

from sparkcli import laptop_door

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TABLE = f"{PREFIX}-ledger"


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """It is noon of 2026-11-21 in the cloud: the schedule of 06:30 has fired today."""
    for module in ("pauses", "commands.resume", "backfilling.asking"):
        monkeypatch.setattr(f"sparkcli.{module}.now_in", lambda _cloud: NOW)


@pytest.fixture
def works(machine):
    """The job's machine: it records a success, as `by` what it was given."""
    return machine(Record={**recording("SUCCEEDED"), "End": True})


@pytest.fixture
def item(cloud):
    """Read or write a row of the ledger that is no run."""

    def read(partition, sort, **values):
        key = {"pk": {"S": partition}, "sk": {"S": sort}}
        table = cloud("dynamodb")
        if values:
            more = {name: {"S": value} for name, value in values.items()}
            table.put_item(TableName=TABLE, Item={**key, **more})
        return table.get_item(TableName=TABLE, Key=key).get("Item")

    return read


def inputs_of(cloud, arn):
    """The inputs of every execution of a machine, oldest first."""
    states = cloud("stepfunctions")
    listed = states.list_executions(stateMachineArn=arn)["executions"]
    ordered = sorted(listed, key=lambda each: each["startDate"])
    found = [states.describe_execution(executionArn=each["executionArn"]) for each in ordered]
    return [json.loads(each["input"]) for each in found]


def test_pause_writes_since_and_who_and_says_how_to_go_on(sparkrail, item):
    ended = sparkrail("pause", "sales", "--json")

    assert ended.document == {
        "job": "sales",
        "since": "2026-11-21T12:00:00Z",
        "who": "laptop",
        "already_paused": False,
    }
    row = item("job#sales", "pause")
    assert (row["since"]["S"], row["who"]["S"]) == ("2026-11-21T12:00:00Z", "laptop")
    assert "Next: ./sparkrail resume sales" in ended.err


def test_a_second_pause_keeps_the_first(sparkrail, item):
    item("job#sales", "pause", since="2026-11-19T00:00:00Z", who="arn:someone")

    ended = sparkrail("pause", "sales")

    assert ended.code == 0
    assert "paused since 2026-11-19T00:00:00Z by arn:someone, already" in ended.out


def test_runs_of_a_paused_job_say_so(sparkrail, item, ledger_row):
    item("job#sales", "pause", since="2026-11-19T00:00:00Z", who="laptop")
    ledger_row("20261118T063000Z")

    ended = sparkrail("runs", "sales")

    assert "sales is paused since 2026-11-19T00:00:00Z by laptop" in ended.err
    assert "./sparkrail resume sales" in ended.err


@pytest.mark.failure_mode(2)
def test_resume_lists_what_was_missed_and_makes_it_in_order(  # noqa: PLR0917
    sparkrail, works, item, ledger_row, cloud, observe
):
    item("job#sales", "pause", since="2026-11-18T07:00:00Z", who="laptop")
    ledger_row("20261120T063000Z")  # made by hand meanwhile

    asked = sparkrail("resume", "sales", "--json")
    ended = sparkrail("resume", "sales", "--missed", "all", "--json")

    assert asked.code == 2
    assert asked.document["missed"] == ["20261119T063000Z", "20261121T063000Z"]
    assert "--missed latest, --missed all or --missed none" in asked.document["error"]["message"]
    assert ended.code == 0
    assert [run["state"] for run in ended.document["runs"]] == ["SUCCEEDED", "SUCCEEDED"]
    assert [given["key"] for given in inputs_of(cloud, works)] == asked.document["missed"]
    assert item("job#sales", "pause") is None
    assert sparkrail("resume", "sales", "--since", "2026-11-18", "--json").document["missed"] == [
        "20261118T063000Z"
    ]
    observe(
        happened=f"{len(asked.document['missed'])} missed keys listed, "
        f"{len(ended.document['runs'])} made in their order, 1 that had run left alone",
        user_sees=asked.document["error"]["message"],
    )


def test_latest_makes_one_and_none_makes_none(sparkrail, works, item, cloud):
    item("job#sales", "pause", since="2026-11-18T07:00:00Z", who="laptop")

    latest = sparkrail("resume", "sales", "--missed", "latest", "--json").document
    none = sparkrail("resume", "sales", "--since", "2026-11-18", "--missed", "none", "--json")

    assert [run["run_key"] for run in latest["runs"]] == ["20261121T063000Z"]
    assert len(none.document["missed"]) == 3
    assert none.document["runs"] == []
    assert len(inputs_of(cloud, works)) == 1


def test_without_a_pause_runs_since_the_newest_one_count_as_missed(sparkrail, works, ledger_row):
    ledger_row("20261119T063000Z", since="2026-11-19T06:30:02Z")

    ended = sparkrail("resume", "sales", "--missed", "none", "--json")

    assert ended.document["missed"] == ["20261120T063000Z", "20261121T063000Z"]
    assert ended.document["was_paused_since"] is None


def test_ctrl_c_leaves_the_job_paused_and_the_rest_still_missed(
    sparkrail, works, item, monkeypatch
):
    item("job#sales", "pause", since="2026-11-18T07:00:00Z", who="laptop")

    def interrupted(_cloud, _screen, _job, wanted):
        raise KeyboardInterrupt
        yield wanted

    monkeypatch.setattr("sparkcli.commands.resume.run_in_order", interrupted)

    ended = sparkrail("resume", "sales", "--missed", "all", "--json")

    assert ended.code == 130
    assert item("job#sales", "pause")["since"]["S"] == "2026-11-18T07:00:00Z"
    assert ended.document["error"]["next"] == "./sparkrail resume sales"


def test_a_missed_run_that_fails_is_said_and_the_job_is_resumed(sparkrail, machine, item):
    machine(
        MarkFailed={**recording("FAILED", cause="disk full"), "Next": "Failed"},
        Failed={"Type": "Fail", "Error": "JobFailed", "Cause": "disk full"},
    )
    item("job#sales", "pause", since="2026-11-20T07:00:00Z", who="laptop")

    ended = sparkrail("resume", "sales", "--missed", "all", "--json")

    assert ended.code == 1
    assert ended.document["runs"][0]["cause"] == "disk full"
    assert ended.document["error"]["next"] == "./sparkrail runs sales --failed"
    assert item("job#sales", "pause") is None


def retrigger(project, trigger):
    manifest = project / "spark_jobs/sales/job.toml"
    manifest.write_text(
        manifest.read_text().replace('{ cron = "30 6 * * ? *", timezone = "UTC" }', trigger)
    )


def test_tables_that_were_all_written_meanwhile_are_missed_runs(sparkrail, cloud, item, project):
    add_job(project, "weekly", reads="shop.daily", trigger='{ tables = ["shop.daily"] }')
    item("job#weekly", "pause", since="2026-11-20T00:00:00Z", who="laptop")
    item("table#shop.daily", "interval#20261119T000000Z", at="2026-11-20T06:31:00Z")
    item("table#shop.daily", "interval#20261118T000000Z", at="2026-11-19T06:31:00Z")

    ended = sparkrail("resume", "weekly", "--missed", "none", "--json")

    assert ended.document["missed"] == ["20261119T000000Z"]


def test_batches_of_files_that_no_run_had_are_missed_runs(  # noqa: PLR0917
    sparkrail, works, item, project, cloud, ledger_row
):
    retrigger(project, '{ files = "tills" }')
    item("job#sales", "pause", since="2026-11-20T00:00:00Z", who="laptop")
    item("files#sales", "watch", batch="20261121T110000Z", phase="pages")
    for key in ("20261119T080000Z", "20261120T080000Z", "20261120T090000Z", "20261121T110000Z"):
        cloud("s3").put_object(Bucket=f"{PREFIX}-logs", Key=f"batches/sales/{key}/1.json", Body=b"")
    ledger_row("20261120T090000Z")

    ended = sparkrail("resume", "sales", "--missed", "all", "--json")

    assert ended.document["missed"] == ["20261120T080000Z"]
    location = f"s3://{PREFIX}-logs/batches/sales/20261120T080000Z/"
    assert inputs_of(cloud, works)[0]["overrides"] == {"batches": {"tills": location}}


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        ('{ rate = "15 minutes" }', "cannot be known"),
        ('{ event = { source = ["x"] } }', "not kept"),
    ],
)
def test_what_cannot_be_known_is_said(sparkrail, works, project, trigger, said):
    retrigger(project, trigger)

    ended = sparkrail("resume", "sales", "--json")

    assert ended.code == 0
    assert said in ended.document["unknown"]
    assert ended.document["missed"] == []


def test_rerun_makes_the_same_key_with_the_same_overrides(sparkrail, works, ledger_row, cloud):
    overrides = {"parameters": {"min_days": "3"}}
    ledger_row("k1", state="FAILED", generation=2, overrides=json.dumps(overrides))

    ended = sparkrail("rerun", "sales/k1", "--json")

    assert ended.code == 0
    assert inputs_of(cloud, works) == [{"key": "k1", "generation": 3, "overrides": overrides}]
    assert ended.document["runs"][0]["generation"] == 3


def test_rerun_failed_makes_every_key_that_did_not_succeed(sparkrail, works, ledger_row, cloud):
    for key, state in zip("dcba", ("ABORTED", "TIMED_OUT", "FAILED", "SUCCEEDED"), strict=True):
        ledger_row(key, state=state)

    ended = sparkrail("rerun", "sales", "--failed", "--json")

    assert ended.code == 0
    assert [given["key"] for given in inputs_of(cloud, works)] == ["b", "c", "d"]
    assert sparkrail("rerun", "sales", "--failed", "--json").document["runs"] == []


def test_what_runs_is_not_run_again(sparkrail, works, ledger_row, cloud):
    ledger_row("k1", state="RUNNING")

    ended = sparkrail("rerun", "sales/k1", "--json")

    assert ended.code == 2
    assert ended.document["error"]["next"] == "./sparkrail stop sales/k1"
    assert inputs_of(cloud, works) == []


def test_runs_failed_has_what_was_stopped_and_what_timed_out(sparkrail, ledger_row):
    for key, state in zip("abcd", ("ABORTED", "TIMED_OUT", "FAILED", "SUCCEEDED"), strict=True):
        ledger_row(key, state=state, cause="the first line\nthe second", by="schedule")

    ended = sparkrail("runs", "sales", "--failed")

    assert [
        row["run_key"] for row in sparkrail("runs", "sales", "--failed", "--json").document
    ] == [
        "a",
        "b",
        "c",
    ]
    assert "the first line" in ended.out
    assert "the second" not in ended.out
    assert "Next: ./sparkrail rerun sales --failed" in ended.err


@pytest.fixture
def running(cloud, machine, ledger_row, item):
    """A run of `sales` under way: an execution, a Spark run, its row and the lock."""
    arn = machine(Wait={"Type": "Wait", "Seconds": 60, "End": True})
    execution = cloud("stepfunctions").start_execution(stateMachineArn=arn, name="k1-1-x")
    emr = cloud("emr-serverless")
    application = emr.create_application(name="shop", releaseLabel="emr-7.14.0", type="SPARK")
    run = emr.start_job_run(
        applicationId=application["applicationId"],
        clientToken="t",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-sales-job",
        name="sales/k1/1",
        jobDriver={"sparkSubmit": {"entryPoint": "s3://assets/main.py"}},
    )
    ledger_row(
        "k1",
        state="RUNNING",
        execution=execution["executionArn"],
        application=application["applicationId"],
    )
    item("job#sales", "lock", execution=execution["executionArn"], key="k1")
    return application["applicationId"], run["jobRunId"], execution["executionArn"]


@pytest.mark.failure_mode(37)
def test_stop_ends_the_execution_and_waits_for_row_and_spark_run(  # noqa: PLR0917
    sparkrail, running, cloud, ledger_row, monkeypatch, observe
):
    application, run_id, execution = running
    looked = []

    def keeper(_seconds):
        """What the keeper does, at the second look: cancels the run and frees the row."""
        looked.append(1)
        cloud("emr-serverless").cancel_job_run(applicationId=application, jobRunId=run_id)
        ledger_row("k1", state="ABORTED", execution=execution, application=application)

    monkeypatch.setattr("sparkcli.stopping.time.sleep", keeper)

    ended = sparkrail("stop", "sales", "--json")

    described = cloud("stepfunctions").describe_execution(executionArn=execution)
    assert described["status"] == "ABORTED"
    assert ended.code == 0
    assert ended.document["state"] == "ABORTED"
    assert ended.document["job_runs"][run_id] in ("CANCELLED", "SUCCESS")
    assert looked
    observe(
        happened=f"execution {described['status']}, Spark run "
        f"{ended.document['job_runs'][run_id]}, row {ended.document['state']}",
        user_sees=ended.err.strip().splitlines()[-1],
    )


def test_a_stop_that_takes_too_long_says_what_happens(sparkrail, running):
    ended = sparkrail("stop", "sales/k1", "--wait", "0", "--json")

    assert ended.code == 1
    assert "The keeper cancels the Spark run" in ended.document["error"]["message"]
    assert ended.document["state"] == "RUNNING"


def test_a_key_in_the_queue_is_taken_out(sparkrail, ledger_row, cloud):
    ledger_row("k2", state="QUEUED", open="waiting", application="")

    ended = sparkrail("stop", "sales/k2", "--json")

    row = cloud("dynamodb").get_item(
        TableName=TABLE, Key={"pk": {"S": "job#sales"}, "sk": {"S": "run#k2"}}
    )["Item"]
    assert ended.code == 0
    assert row["state"]["S"] == "ABORTED"
    assert "open" not in row


@pytest.mark.parametrize("state", ["SUCCEEDED", "ABORTED"])
def test_there_is_nothing_to_stop_in_a_run_that_is_over(sparkrail, ledger_row, state):
    ledger_row("k1", state=state)

    assert sparkrail("stop", "sales/k1", "--json").document["state"] == state
    assert sparkrail("stop", "sales/k1").code == 2
    assert sparkrail("stop", "sales").code == 2


@pytest.mark.parametrize(
    ("outcome", "said", "command"),
    [
        ("Queued", "starts by itself when the job is free", "./sparkrail runs sales/k1"),
        ("Waiting", "The last of them starts it", "./sparkrail runs sales"),
        ("Paused", "sales is paused", "./sparkrail resume sales"),
        ("Skipped", "overlap policy does not wait", "./sparkrail runs sales"),
    ],
)
def test_a_run_that_was_not_made_says_why(sparkrail, machine, outcome, said, command):
    machine(Refused={"Type": "Pass", "Result": {"outcome": outcome, "holder": "h"}, "End": True})

    ended = sparkrail("run", "sales", "--key", "k1", "--json")

    assert ended.code == 1
    assert ended.document["state"] == outcome.upper()
    assert said in ended.document["error"]["message"]
    assert ended.document["error"]["next"] == command


def test_the_clock_of_a_cloud_without_one_is_that_of_this_computer():
    class Aws:
        endpoint = None

    assert abs((laptop_door.now(Aws()) - datetime.now(UTC)).total_seconds()) < 5


def test_names_of_machines_are_those_of_the_stacks(sparkrail):
    from sparkcli.names import Names

    class Environment:
        region, account, prefix = REGION, ACCOUNT, PREFIX

    arn = Names(Environment()).backfill_arn
    assert arn == f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}-backfill"


DENIED = (
    "AccessDenied: shop-dev-sales-job may not s3:GetObject on "
    "arn:aws:s3:::shop-dev-raw/other/a.csv. Declare it in job.toml."
)


WORDLESS = "Access denied: getFileStatus on s3://shop-dev-raw/other/a.csv"


@pytest.mark.parametrize("cause", [DENIED, WORDLESS])
@pytest.mark.parametrize("call", [["runs", "sales/k1"], ["run", "sales", "--key", "k1"]])
def test_a_denied_call_is_told_with_the_line_to_add(sparkrail, machine, ledger_row, call, cause):
    machine(
        MarkFailed={**recording("FAILED", cause=cause), "Next": "Failed"},
        Failed={"Type": "Fail", "Error": "JobFailed", "Cause": cause},
    )
    if call[0] == "runs":
        ledger_row("k1", state="FAILED", cause=cause)

    ended = sparkrail(*call, "--json")

    assert ended.document["denied"] == [
        {
            "role": "shop-dev-sales-job",
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::shop-dev-raw/other/a.csv",
            "add": '[inputs]\nother = { path = "raw/other/" }',
        }
    ]
    assert "To allow it, add to spark_jobs/sales/job.toml:" in ended.err


def test_a_denial_in_the_words_of_aws_is_understood():
    from sparkcli.denials import Denial, denials_in

    said = (
        "User: arn:aws:sts::123456789012:assumed-role/shop-dev-sales-job/00f1 is not authorized to "
        'perform: glue:GetTable on resource: "arn:aws:glue:eu-west-1:123456789012:table/x/y" '
        "because no identity-based policy allows the glue:GetTable action"
    )

    assert denials_in(said) == [
        Denial(
            "shop-dev-sales-job", "glue:GetTable", "arn:aws:glue:eu-west-1:123456789012:table/x/y"
        )
    ]
    assert denials_in("the disk is full") == []
