"""What becomes of starts: each run key runs once, and whoever does not run says why."""

import json

import pytest
from loop_cloud import KEY, job

pytestmark = pytest.mark.slow

TIME = "2026-11-21T06:30:00Z"


def test_a_scheduled_run_passes_eight_states_and_is_recorded_before_it_is_announced(loop):
    loop.add(job())
    loop.report(KEY, {"rows": {"read": 3}})

    execution = loop.start(scheduled_time=TIME, by="schedule")
    loop.succeed(execution)

    assert loop.path(execution) == [
        *("Begin", "Scheduled", "Claim", "Run", "Report", "Record", "Publish", "Close")
    ]
    row = loop.row()
    assert {name: row[name] for name in ("state", "by", "overrides", "generation")} == {
        "state": "SUCCEEDED",
        "by": "schedule",
        "overrides": "{}",
        "generation": "1",
    }
    assert json.loads(row["report"]) == {"rows": {"read": 3}}
    assert (row["tables"], row["interval"]) == ([{"S": "shop.sales"}], KEY)
    assert row["jobRun"]
    assert "open" not in row
    assert loop.lock() == {}
    interval = loop.item("table#shop.sales", f"interval#{KEY}")
    assert (interval["job"], interval["key"], interval["execution"]) == ("sales", KEY, execution)
    assert loop.item(f"exec#{execution}", "exec")["key"] == KEY
    (event,) = loop.heard(1)
    assert event == {
        "table": "shop.sales",
        "job": "sales",
        "key": KEY,
        "interval": KEY,
        "generation": 1,
        "by": "schedule",
        "report": {"rows": {"read": 3}},
    }


def test_an_event_makes_a_key_of_its_time_and_id(loop):
    loop.add(job())

    loop.report(f"{KEY}-1f2e3d4c", {})
    execution = loop.start(scheduled_time=TIME, by="event", event_id="1f2e3d4c-aaaa-bbbb-cccc-d")
    loop.succeed(execution)

    assert loop.row(f"{KEY}-1f2e3d4c")["by"] == "event"
    assert len(loop.path(execution)) == 8


def test_a_person_gives_as_much_as_they_like(loop):
    loop.add(job())
    overrides = {"parameters": {"min_days": 3}}

    loop.output(key="a")
    loop.report("b", {}, generation=4)
    much = loop.start(key="b", generation=4, overrides=overrides, by="hand")
    loop.succeed(much)

    assert (loop.row("a")["by"], loop.row("a")["generation"]) == ("hand", "1")
    assert json.loads(loop.row("b")["overrides"]) == overrides
    assert loop.row("b")["generation"] == "4"
    assert len(loop.path(much)) == 8


def test_what_cannot_be_understood_is_refused_before_anything_is_written(loop):
    loop.add(job())

    for given in ({}, {"key": 5}, {"key": "a", "by": "nobody"}, {"scheduled_time": "soon"}):
        found = loop.run(**given)

        assert (found["status"], found["error"]) == ("FAILED", "BadInput")
        assert "sparkrail run" in found["cause"]
    assert loop.rows() == []


def test_a_second_start_of_a_key_names_who_holds_it(loop):
    loop.add(job())
    first, gate = loop.busy("a")

    again = loop.output(key="a")
    gate.touch()
    loop.succeed(first)
    later = loop.output(key="a")

    held = {"outcome": "Duplicate", "key": "a", "holder": first}
    assert again == {**held, "state": "RUNNING"}
    assert later == {**held, "state": "SUCCEEDED"}
    assert loop.runs() == ["sales/a/1"]


def test_a_finished_key_runs_again_with_a_higher_generation_only(loop):
    loop.add(job())
    loop.output(key="a")

    assert loop.output(key="a", generation=1)["outcome"] == "Duplicate"
    assert "outcome" not in loop.output(key="a", generation=10)
    assert loop.output(key="a", generation=9)["outcome"] == "Duplicate"
    assert loop.runs() == ["sales/a/1", "sales/a/10"]


@pytest.mark.failure_mode(4)
def test_a_busy_job_skips_another_key(loop, observe):
    loop.add(job())
    first, gate = loop.busy("a")

    assert loop.output(key="b") == {"outcome": "Skipped", "key": "b", "holder": first}
    gate.touch()
    loop.succeed(first)
    assert loop.row("b") == {}
    observe(
        happened=f"overlap skip: the second key did not run; runs {', '.join(loop.runs())}",
        user_sees="outcome Skipped, naming the execution that holds the job",
    )


def test_a_backfill_runs_beside_live_runs_and_beside_itself(loop):
    loop.add(job())
    loop.report("c", {})
    live, gate = loop.busy("a")
    old, other_gate = loop.busy("b", by="backfill")
    third = loop.start(key="c", generation=1, by="backfill")
    loop.succeed(third)

    assert loop.item("job#sales", "lock#b")["execution"] == old
    assert loop.lock()["execution"] == live
    for file, execution in ((gate, live), (other_gate, old)):
        file.touch()
        loop.succeed(execution)
    assert loop.row("b")["by"] == "backfill"
    assert len(loop.path(third)) == 8
    assert not [row for row in loop.rows() if row["sk"]["S"].startswith("lock")]


def test_a_pause_holds_triggers_and_nobody_else(loop):
    loop.add(job())
    loop.put(pk="job#sales", sk="pause", since="2026-11-21T00:00:00Z", who="laptop")

    assert loop.output(scheduled_time=TIME, by="schedule") == {"outcome": "Paused", "key": KEY}
    assert loop.output(key="t", by="tables") == {"outcome": "Paused", "key": "t"}
    assert loop.row() == {}
    assert "outcome" not in loop.output(key="a")
    assert "outcome" not in loop.output(key="b", generation=1, by="backfill")


def diamond(**more):
    inputs = {"a": {"table": "shop.a"}, "b": {"table": "shop.b"}}
    return job(inputs=inputs, trigger={"tables": ["shop.a", "shop.b"]}, **more)


def test_a_run_by_tables_waits_for_all_and_runs_once(loop):
    loop.add(diamond())
    missing = loop.output(key=KEY, by="tables")
    loop.put(pk="table#shop.b", sk=f"interval#{KEY}")
    waiting = loop.output(key=KEY, by="tables")
    rows_then = len(loop.rows())
    loop.put(pk="table#shop.a", sk=f"interval#{KEY}")

    loop.report(KEY, {})
    runs = loop.start(key=KEY, by="tables")
    loop.succeed(runs)
    again = loop.output(key=KEY, by="tables")

    assert missing == {"outcome": "Waiting", "key": KEY, "written": []}
    assert [each["pk"] for each in waiting["written"]] == [{"S": "table#shop.b"}]
    assert rows_then == 1
    assert len(loop.path(runs)) == 8
    assert (again["outcome"], again["holder"]) == ("Duplicate", runs)


def test_a_person_does_not_wait_for_tables(loop):
    loop.add(diamond())

    assert "outcome" not in loop.output(key=KEY)


def test_files_bring_their_batch_along(loop):
    loop.add(job())
    batches = {"batches": {"hhs": "s3://logs/batches/sales/k/"}}

    loop.report("k", {})
    execution = loop.start(key="k", by="files", overrides=batches)
    loop.succeed(execution)

    assert json.loads(loop.row("k")["overrides"]) == batches
    assert len(loop.path(execution)) == 8


def test_the_interval_of_the_report_is_what_was_written(loop):
    loop.add(diamond(interval={"every": "day"}))
    loop.report("a", {"interval": {"key": "20261120T050000Z"}})
    loop.report("b", {"rows": None})

    for key in ("a", "b", "c"):
        loop.output(key=key)

    assert loop.row("a")["interval"] == "20261120T050000Z"
    assert loop.item("table#shop.sales", "interval#20261120T050000Z")["key"] == "a"
    assert [loop.row(key)["interval"] for key in "bc"] == ["b", "c"]
    heard = {event["key"]: event["interval"] for event in loop.heard(3)}
    assert heard == {"a": "20261120T050000Z", "b": "b", "c": "c"}


@pytest.mark.parametrize("body", ["{no json", '{"a": "' + "x" * 250_000 + '"}'])
def test_a_report_that_cannot_be_read_does_not_break_the_run(loop, body):
    loop.add(job())
    loop.report("a", body)

    loop.output(key="a")

    assert (loop.row("a")["state"], loop.row("a")["report"]) == ("SUCCEEDED", "{}")


def test_a_failed_attempt_is_tried_again_and_a_failed_run_says_why(loop):
    loop.add(job())

    loop.output(key="flaky")
    failed = loop.run(key="fail")

    assert loop.row("flaky")["attempts"] == "2"
    assert loop.runs() == ["sales/flaky/1"] * 2 + ["sales/fail/1"] * 2
    assert (failed["status"], failed["error"]) == ("FAILED", "JobFailed")
    assert failed["cause"] == "ValueError: bad input"
    row = loop.row("fail")
    assert (row["state"], row["cause"]) == ("FAILED", "ValueError: bad input")
    assert "open" not in row
    assert loop.lock() == {}
    assert loop.heard(1)[0]["key"] == "flaky"


def test_a_report_says_that_another_attempt_is_no_use(loop):
    loop.add(job())
    error = {"type": "InputRefused", "message": "no such file", "retryable": False}
    loop.report("fail", {"error": error})

    found = loop.run(key="fail")

    assert found["cause"] == "no such file"
    assert loop.runs() == ["sales/fail/1"]
