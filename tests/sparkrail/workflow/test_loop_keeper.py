"""What the keeper does for executions that died, events that were lost and keys that wait."""

import json
import time

import pytest
from loop_cloud import ALIVE, NAMES, job

from sparkrail.control.wake import ended_rule, queue_resources

pytestmark = pytest.mark.slow


def stop(loop, execution):
    loop.states_api.stop_execution(executionArn=execution)
    assert loop.wait(execution)["status"] == "ABORTED"


def assert_clean(loop, *keys, state="ABORTED"):
    for key in keys:
        row = loop.row(key)
        assert row["state"] == state, row
        assert "open" not in row
    assert loop.runs(*ALIVE) == []
    assert not [row for row in loop.rows() if row["sk"]["S"].startswith("lock")]


def running(loop, key, name="sales"):
    loop.until(lambda: loop.row(key, name) and f"{name}/{key}/1" in loop.runs("RUNNING"))


@pytest.mark.parametrize("seen", ["event", "sweep"])
def test_a_stopped_run_ends_and_frees_its_job(loop, seen):
    loop.add(job())
    execution = loop.start(key="long")
    running(loop, "long")
    stop(loop, execution)

    loop.wake(**({"execution": execution} if seen == "event" else {}))

    assert_clean(loop, "long")
    assert "sparkrail rerun sales/long" in loop.row("long")["cause"]
    assert "outcome" not in loop.output(key="a")


def held_after(state):
    """Change a machine so that it stays for ever behind one of its states."""

    def change(states):
        states["Hold"] = {"Type": "Wait", "Seconds": 10**7, "Next": states[state]["Next"]}
        states[state]["Next"] = "Hold"

    return change


def test_stopped_at_any_moment_nothing_is_left(loop):
    moments = ("ByHand", "Claim", "Run", "Report", "Record", "Publish")
    started = {}
    for number, state in enumerate(moments):
        name = f"sales{number}"
        loop.add(job(name), change=held_after(state))
        loop.report("a", {}, name=name)
        started[name] = loop.start(name, key="a")
    for execution in started.values():
        loop.until(lambda e=execution: "Hold" in loop.path(e))
        stop(loop, execution)

    loop.wake()

    ended = [loop.row("a", name).get("state") for name in started]
    assert ended == [None, "ABORTED", "ABORTED", "ABORTED", "SUCCEEDED", "SUCCEEDED"]
    assert loop.runs(*ALIVE) == []
    assert not [row for row in loop.rows() if "open" in row or row["sk"]["S"].startswith("lock")]
    assert {event["job"] for event in loop.heard(3)} == {"sales4", "sales5"}


def test_a_stop_before_the_claim_needs_nothing(loop):
    loop.add(job())

    first = loop.wake(execution=loop.keeper_arn.replace("stateMachine", "execution") + ":none")

    assert loop.path(first) == ["Woken", "Index", "Known", "Nothing"]


def test_a_failure_that_recorded_itself_costs_six_transitions(loop):
    loop.add(job())
    execution = loop.start(key="fail")
    loop.wait(execution)

    first = loop.wake(execution=execution)

    assert loop.path(first) == ["Woken", "Index", "Known", "RowByIndex", "Judge", "Nothing"]


def test_a_living_run_is_left_alone(loop):
    loop.add(job())
    execution = loop.start(key="long")
    running(loop, "long")

    first = loop.wake(scheduled_time="2026-11-21T06:35:00Z")

    assert loop.path(first) == [
        *("Woken", "Open", "Rows", "Holder", "HolderLives", "Held", "MoreRows", "IsFirst"),
        *("Lined", "AnyLined", "MoreLined", "LocksDue", "Nothing"),
    ]
    assert loop.row("long")["state"] == "RUNNING"
    stop(loop, execution)
    loop.wake()


def test_what_was_recorded_and_not_announced_is_announced_once(loop):
    def nowhere(states):
        states["Publish"]["Parameters"]["Entries"][0]["EventBusName"] = "acme-dev-nobus"
        states["Publish"]["Retry"] = []

    loop.add(job(), change=nowhere)
    loop.report("a", {"rows": {"read": 3}})
    found = loop.run(key="a", by="schedule", generation=1, overrides={})
    assert (found["status"], found["error"]) == ("FAILED", "TablesUnannounced")
    assert loop.row("a")["state"] == "SUCCEEDED"
    assert loop.row("a")["open"] == "1"

    loop.wake()
    loop.wake()

    assert "open" not in loop.row("a")
    assert [event["key"] for event in loop.heard(1)] == ["a"]
    time.sleep(0.3)
    assert loop.heard_now() == []


QUEUES = {"trigger": {"rate": "1 day", "overlap": "queue"}}


@pytest.mark.failure_mode(4)
def test_waiting_keys_start_in_order_and_each_runs_once(loop, observe):
    loop.add(job(**QUEUES))
    first, gate = loop.busy("k0")
    for number in (3, 1, 4, 2):
        waits = loop.output(key=f"k{number}")
        assert waits == {"outcome": "Queued", "key": f"k{number}", "holder": first}
    assert loop.output(key="k3")["outcome"] == "Queued"
    gate.touch()
    loop.succeed(first)

    for _ in range(4):
        loop.wake(queue="sales")
        loop.until(lambda: loop.lock() == {})

    assert loop.runs() == [f"sales/k{number}/1" for number in (0, 3, 1, 4, 2)]
    assert {loop.row(f"k{n}")["state"] for n in range(5)} == {"SUCCEEDED"}
    assert loop.row("k1")["by"] == "queue"
    nobody_waits = loop.wake(queue="sales")
    assert loop.path(nobody_waits) == ["Woken", "Oldest", "AnyWaiting", "Nothing"]
    observe(
        happened=f"overlap queue: ran in the order of arrival, each once: {', '.join(loop.runs())}",
        user_sees="rows QUEUED, then SUCCEEDED",
    )


def test_a_sweep_starts_what_waits_and_takes_back_what_was_never_started(loop):
    loop.add(job(**QUEUES)).add(job("other", **QUEUES))
    first, gate = loop.busy("a")
    other, other_gate = loop.busy("a", "other")
    wanted = {"parameters": {"n": 1}}
    loop.output(key="b", generation=2, overrides=wanted)
    loop.output("other", key="b")
    for file, execution in ((gate, first), (other_gate, other)):
        file.touch()
        loop.succeed(execution)
    never = other.rsplit(":", 1)[0] + ":never"
    reserve(loop, "other", "b", never)

    loop.wake()
    loop.until(lambda: loop.row("b").get("state") == "SUCCEEDED")
    loop.until(lambda: loop.row("b", "other").get("state") == "SUCCEEDED")

    assert json.loads(loop.row("b")["overrides"]) == wanted
    assert loop.row("b")["generation"] == "2"
    assert loop.lock("other") == {}


def reserve(loop, name, key, execution):
    """What a keeper leaves that died between its reservation and the start."""
    where = {"pk": f"job#{name}", "since": "2026", "execution": execution, "key": key}
    loop.put(**where, sk="lock", open="lock")
    loop.ledger_api.update_item(
        TableName=loop.ledger,
        Key={"pk": {"S": f"job#{name}"}, "sk": {"S": f"run#{key}"}},
        UpdateExpression="SET execution = :e, #o = :o",
        ExpressionAttributeNames={"#o": "open"},
        ExpressionAttributeValues={":e": {"S": execution}, ":o": {"S": "1"}},
    )


@pytest.mark.failure_mode(4)
def test_a_later_run_cancels_an_older_one_and_not_the_other_way_round(loop, observe):
    loop.add(job(trigger={"rate": "1 day", "overlap": "cancel"}))
    older = loop.start(key="long1")
    running(loop, "long1")
    assert loop.output(key="a")["outcome"] == "Skipped"

    later = loop.start(key="new2")
    assert loop.wait(older)["status"] == "ABORTED"
    loop.wake(execution=older)
    loop.succeed(later)

    assert_clean(loop, "long1")
    assert loop.row("new2")["state"] == "SUCCEEDED"
    observe(
        happened="overlap cancel: the older run was stopped with its Spark run, the later one ran",
        user_sees=f"rows {loop.row('long1')['state']} and {loop.row('new2')['state']}",
    )


def test_a_lock_that_no_row_explains_is_taken_away_at_the_full_hour(loop):
    loop.add(job())
    never = loop.keeper_arn.replace("stateMachine", "execution") + ":never"
    loop.put(pk="job#sales", sk="lock", execution=never, key="gone", open="lock", since="2026")

    loop.wake(scheduled_time="2026-11-21T06:35:00Z")
    assert loop.lock()
    loop.wake(scheduled_time="2026-11-21T06:00:00Z")

    assert loop.lock() == {}


def test_who_watched_for_files_and_died_is_started_again(loop):
    loop.add(job())
    never = loop.keeper_arn.replace("stateMachine", "execution") + ":never"
    given = json.dumps({"key": "watched"})
    row = {"execution": never, "machine": loop.machines["sales"], "input": given}
    loop.put(pk="files#sales", sk="watch", open="1", since="2026", **row)

    loop.wake()

    loop.until(lambda: loop.row("watched").get("state") == "SUCCEEDED")


def test_the_rules_of_the_templates_wake_the_keeper(loop):
    queued = job(**QUEUES)
    loop.add(queued)
    (queue_rule,) = queue_resources(queued, loop.platform).values()
    rules = [ended_rule(NAMES, role="WakeRole", machine="Keeper"), queue_rule]
    mute = [loop.listen(rule) for rule in rules]
    first, gate = loop.busy("a")
    second = loop.output(key="long")
    assert second["outcome"] == "Queued"
    gate.touch()
    loop.succeed(first)

    running(loop, "long")
    loop.states_api.stop_execution(executionArn=loop.row("long")["execution"])
    loop.until(lambda: loop.row("long")["state"] == "ABORTED")

    for each in mute:
        each()
    assert_clean(loop, "long")
