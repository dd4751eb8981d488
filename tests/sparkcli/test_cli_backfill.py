"""Backfill: which keys are chosen, what is written into the ledger, and what is said of it."""

import json
from datetime import UTC, datetime

import pytest
from cli_cloud import ACCOUNT, PREFIX, REGION, add_job

from sparkcli.backfilling.store import ITEMS_PER_WRITE

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TABLE = f"{PREFIX}-ledger"
DAYS = ["--from", "2026-11-17", "--to", "2026-11-20"]
KEYS = ["20261118T063000Z", "20261119T063000Z", "20261120T063000Z", "20261121T063000Z"]


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    for module in ("pauses", "backfilling.asking"):
        monkeypatch.setattr(f"sparkcli.{module}.now_in", lambda _cloud: NOW)


@pytest.fixture(autouse=True)
def daily(project):
    """The job `sales` stands for days."""
    manifest = project / "spark_jobs/sales/job.toml"
    manifest.write_text('interval = { every = "day" }\n' + manifest.read_text())


@pytest.fixture
def machine_of_backfills(cloud):
    return cloud("stepfunctions").create_state_machine(
        name=f"{PREFIX}-backfill",
        definition=json.dumps(
            {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
        ),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-backfill",
    )["stateMachineArn"]


def rows_of(cloud, plan):
    found = cloud("dynamodb").query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"backfill#{plan}"}},
    )
    return {item["sk"]["S"]: item for item in found["Items"]}


@pytest.fixture
def works(cloud, machine_of_backfills, monkeypatch):
    """The machine of backfills, as the ledger sees it: it works off all rows, then ends."""

    def make(**endings):
        def work(_seconds):
            states, table = cloud("stepfunctions"), cloud("dynamodb")
            listed = states.list_executions(stateMachineArn=machine_of_backfills)["executions"]
            newest = max(listed, key=lambda each: each["startDate"])
            plan = newest["name"].partition("-")[0]
            for sort, item in rows_of(cloud, plan).items():
                if sort.startswith("todo#"):
                    table.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
                    table.put_item(TableName=TABLE, Item={**item, **ended(item)})
            set_plan(cloud, plan, state="SUCCEEDED", execution=newest["executionArn"])
            states.stop_execution(executionArn=newest["executionArn"])

        def ended(item):
            state = endings.get(f"k{item['key']['S']}", "SUCCEEDED")
            good = {"good": {"S": "1"}} if state == "SUCCEEDED" else {"cause": {"S": "disk full"}}
            done = item["sk"]["S"].replace("todo#", "done#")
            return {"sk": {"S": done}, "state": {"S": state}, **good}

        monkeypatch.setattr("sparkcli.backfilling.following.time.sleep", work)

    return make


def set_plan(cloud, plan, **values):
    names = {f"#{name}": name for name in values}
    cloud("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"backfill#{plan}"}, "sk": {"S": "plan"}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":{name}": {"S": value} for name, value in values.items()},
    )


def keys_in(document):
    return [(each["run_key"], each["generation"]) for each in document["keys"]]


def test_keys_and_price_are_shown_and_nothing_starts_without_a_yes(sparkrail, cloud, ledger_row):
    ledger_row(KEYS[0], since="2026-11-18T06:30:00Z", ended="2026-11-18T06:42:00Z")

    ended = sparkrail("backfill", "sales", *DAYS)

    assert ended.code == 2
    assert [key in ended.out for key in KEYS] == [False, True, True, True]
    assert "Left out: 1 of sales succeeded already" in ended.out
    assert "3 runs x 12.0 min (median of 1 past runs) x 6 vCPU, 24 GB" in ended.out
    assert "Start 3 runs, 4 at a time, for an estimated 0.27 USD?" in ended.err
    assert "--yes" in ended.err
    assert cloud("dynamodb").scan(TableName=TABLE)["Count"] == 1


def test_without_past_runs_the_timeout_is_the_estimate(sparkrail, cloud):
    document = sparkrail("backfill", "sales", *DAYS, "--json").document

    (job,) = document["estimate"]["jobs"]
    assert (job["runs"], job["minutes"], job["past_runs"]) == (4, 60.0, 0)
    hours = 4 * (6 * 0.052624 + 24 * 0.0057785)
    assert document["estimate"]["usd"] == pytest.approx(hours, abs=0.01)


@pytest.mark.failure_mode(39)
def test_missing_and_failed_keys_are_chosen_and_live_ones_left_alone(
    sparkrail, cloud, ledger_row, observe
):
    for key, state in zip(KEYS, ("SUCCEEDED", "ABORTED", "RUNNING"), strict=False):
        ledger_row(key, state=state, generation=2)

    chosen = sparkrail("backfill", "sales", *DAYS, "--json").document
    again = sparkrail("backfill", "sales", *DAYS, "--again", "--json").document

    assert keys_in(chosen) == [(KEYS[1], 3), (KEYS[3], 1)]
    assert chosen["left_out"]["succeeded"] == {"sales": 1}
    assert chosen["left_out"]["under_way"] == {"sales": 1}
    assert keys_in(again) == [(KEYS[0], 3), (KEYS[1], 3), (KEYS[3], 1)]
    observe(
        happened=f"{len(chosen['keys'])} keys chosen, {chosen['left_out']['under_way']['sales']} "
        "that runs now left alone",
        user_sees=chosen["error"]["message"],
    )


def test_a_period_that_is_not_over_is_left_out(sparkrail, cloud):
    document = sparkrail(
        "backfill", "sales", "--from", "2026-11-20", "--to", "2026-11-22", "--json"
    ).document

    assert keys_in(document) == [(KEYS[3], 1)]
    assert document["left_out"]["to_come"] == {"sales": 2}


@pytest.mark.parametrize(
    "call",
    [
        ["sales"],
        ["sales", "--from", "2026-11-01"],
        ["sales", "--from", "yesterday", "--to", "2026-11-02"],
        ["sales", "--from", "2026-11-03", "--to", "2026-11-02"],
        ["--list", "--resume", "20261121T120000Z"],
        ["20261121T120000Z", "--from", "2026-11-03", "--to", "2026-11-04"],
        ["20261121T120000Z"],
        ["--resume", "20261121T120000Z"],
        ["--stop", "20261121T120000Z"],
        ["sales", *DAYS, "--concurrency", "41"],
        [],
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_refused(sparkrail, cloud, call):
    ended = sparkrail("backfill", *call, "--json")

    assert ended.code == 2
    assert ended.document["error"]["message"]


def test_a_snapshot_job_cannot_be_backfilled_and_says_what_to_add(sparkrail, cloud, project):
    manifest = project / "spark_jobs/sales/job.toml"
    manifest.write_text(manifest.read_text().removeprefix('interval = { every = "day" }\n'))

    ended = sparkrail("backfill", "sales", *DAYS)

    assert ended.code == 2
    assert 'interval = { every = "day" }' in ended.err


def test_plan_and_runs_are_in_the_ledger_as_the_machine_reads_them(
    sparkrail, cloud, machine_of_backfills, ledger_row
):
    ledger_row(KEYS[0], state="FAILED", generation=2)

    ended = sparkrail(
        "backfill", "sales", *DAYS, "--yes", "--no-follow", "--concurrency", "2", "--json"
    )

    rows = rows_of(cloud, "20261121T120000Z")
    assert ended.code == 0
    assert ended.document["todo"] == 4
    assert rows.pop("plan") == {
        "pk": {"S": "backfill#20261121T120000Z"},
        "sk": {"S": "plan"},
        "job": {"S": "sales"},
        "from": {"S": "2026-11-17"},
        "to": {"S": "2026-11-20"},
        "again": {"BOOL": False},
        "downstream": {"BOOL": False},
        "concurrency": {"N": "2"},
        "count": {"N": "4"},
        "state": {"S": "PLANNED"},
        "by": {"S": "laptop"},
        "since": {"S": "2026-11-21T12:00:00Z"},
    }
    assert list(rows) == [f"todo#00#sales#{key}" for key in KEYS]
    assert rows[f"todo#00#sales#{KEYS[0]}"] == {
        "pk": {"S": "backfill#20261121T120000Z"},
        "sk": {"S": f"todo#00#sales#{KEYS[0]}"},
        "level": {"S": "00"},
        "job": {"S": "sales"},
        "key": {"S": KEYS[0]},
        "generation": {"N": "3"},
        "machine": {"S": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}-sales"},
        "rest": {"S": f"sales#{KEYS[0]}"},
    }
    states = cloud("stepfunctions")
    (started,) = states.list_executions(stateMachineArn=machine_of_backfills)["executions"]
    described = states.describe_execution(executionArn=started["executionArn"])
    assert described["input"] == '{"plan": "20261121T120000Z", "concurrency": 2}'


def test_downstream_jobs_follow_level_by_level_and_need_what_they_read(
    sparkrail, cloud, project, machine_of_backfills, ledger_row
):
    day, tables = '{ every = "day" }', '{ tables = ["shop.daily"] }'
    add_job(project, "clean", reads="shop.daily", trigger=tables, interval=day)
    add_job(
        project, "trend", reads="shop.clean", trigger='{ cron = "0 9 * * ? *" }',
        interval='{ every = "day", lookback = 2 }',
    )  # fmt: skip
    add_job(project, "report", reads="shop.clean")
    ledger_row("20261118T000000Z", job="clean")  # made before, from what is made anew
    one_day = ["--from", "2026-11-18", "--to", "2026-11-18", "--downstream"]

    shown = sparkrail("backfill", "sales", *one_day, "--json").document
    sparkrail("backfill", "sales", *one_day, "--yes", "--no-follow")

    assert [(each["level"], each["job"], *pair) for each, pair in zip(
        shown["keys"], keys_in(shown), strict=True
    )] == [
        (0, "sales", "20261119T063000Z", 1),
        (1, "clean", "20261118T000000Z", 2),
        (2, "trend", "20261119T090000Z", 1),
        (2, "trend", "20261120T090000Z", 1),
    ]  # fmt: skip
    assert shown["snapshots"] == ["report"]
    rows = rows_of(cloud, "20261121T120000Z")
    needs = {sort: [each["S"] for each in row.get("needs", {}).get("L", [])]
             for sort, row in rows.items() if sort != "plan"}  # fmt: skip
    assert needs == {
        "todo#00#sales#20261119T063000Z": [],
        "todo#01#clean#20261118T000000Z": ["done#00#sales#20261119T063000Z"],
        "todo#02#trend#20261119T090000Z": ["done#01#clean#20261118T000000Z"],
        "todo#02#trend#20261120T090000Z": ["done#01#clean#20261118T000000Z"],
    }


def test_it_is_followed_to_its_end(sparkrail, works):
    works()

    ended = sparkrail("backfill", "sales", *DAYS, "--yes", "--json")

    assert ended.code == 0
    assert ended.document["states"] == {"SUCCEEDED": 4}
    assert ended.document["todo"] == 0
    assert "none ended, 4 to do" in ended.err
    assert "4 SUCCEEDED, 0 to do" in ended.err


def test_runs_without_their_data_make_it_fail_and_are_named(sparkrail, works):
    works(**{f"k{KEYS[1]}": "FAILED"})

    ended = sparkrail("backfill", "sales", *DAYS, "--yes", "--json")

    assert ended.code == 1
    assert ended.document["states"] == {"FAILED": 1, "SUCCEEDED": 3}
    assert ended.document["failed"] == [
        {"job": "sales", "key": KEYS[1], "state": "FAILED", "cause": "disk full"}
    ]
    assert "./sparkrail runs sales --failed" in ended.err


def test_ctrl_c_leaves_it_running_and_says_how_to_go_on(
    sparkrail, cloud, machine_of_backfills, monkeypatch
):
    def interrupted(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("sparkcli.backfilling.following.time.sleep", interrupted)

    ended = sparkrail("backfill", "sales", *DAYS, "--yes", "--json")

    assert ended.code == 130
    assert "./sparkrail backfill --stop 20261121T120000Z" in ended.err
    assert ended.document["error"]["next"] == "./sparkrail backfill 20261121T120000Z"
    running = cloud("stepfunctions").list_executions(
        stateMachineArn=machine_of_backfills, statusFilter="RUNNING"
    )
    assert len(running["executions"]) == 1


def test_stop_list_show_and_resume(sparkrail, cloud, machine_of_backfills, works):
    sparkrail("backfill", "sales", *DAYS, "--yes", "--no-follow")
    (started,) = cloud("stepfunctions").list_executions(stateMachineArn=machine_of_backfills)[
        "executions"
    ]
    plan = "20261121T120000Z"
    set_plan(cloud, plan, state="RUNNING", execution=started["executionArn"])

    twice = sparkrail("backfill", "--resume", plan)
    stopped = sparkrail("backfill", "--stop", plan, "--json")
    again = sparkrail("backfill", "--stop", plan)
    shown = sparkrail("backfill", plan, "--json")
    listed = sparkrail("backfill", "--list", "--json")
    works()
    resumed = sparkrail("backfill", "--resume", plan, "--json")
    nothing = sparkrail("backfill", "--resume", plan)

    assert (twice.code, again.code, nothing.code) == (2, 2, 2)
    assert "runs already" in twice.err
    assert stopped.document["state"] == shown.document["state"] == "STOPPED"
    assert shown.document["todo"] == 4
    assert [each["plan"] for each in listed.document] == [plan]
    assert resumed.document["states"] == {"SUCCEEDED": 4}
    assert "nothing left to do" in nothing.err


def test_many_keys_are_written_in_few_calls(
    sparkrail, cloud, project, machine_of_backfills, monkeypatch
):
    manifest = project / "spark_jobs/sales/job.toml"
    text = manifest.read_text().replace('every = "day"', 'every = "hour"')
    manifest.write_text(text.replace('"30 6 * * ? *"', '"5 * * * ? *"'))
    calls = []
    from sparkcli.backfilling import store

    write = store._write
    monkeypatch.setattr(store, "_write", lambda *given: calls.append(1) or write(*given))

    ended = sparkrail(
        "backfill", "sales", "--from", "2026-10-01", "--to", "2026-10-10",
        "--yes", "--no-follow", "--json",
    )  # fmt: skip

    hours = 10 * 24
    assert ended.document["count"] == ended.document["todo"] == hours
    assert len(calls) == -(-hours // ITEMS_PER_WRITE)


def test_rows_that_were_throttled_are_written_again(monkeypatch):
    from sparkcli.backfilling import store

    taken = []

    class Throttled:
        def batch_write_item(self, *, RequestItems):  # noqa: N803
            (requests,) = RequestItems.values()
            taken.extend(requests[:2])
            return {"UnprocessedItems": {"t": requests[2:]}} if requests[2:] else {}

    class Cloud:
        dynamodb = Throttled()

        def output(self, _stack, _name):
            return "t"

    monkeypatch.setattr(store.time, "sleep", lambda _seconds: None)

    store._write(Cloud(), list(range(7)))

    assert taken == list(range(7))
