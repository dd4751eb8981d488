"""Wakes that come at once, late, or die half-way: one run at all times, never two."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest


def dies_at(state):
    """A change of the machine: it dies instead of entering a state."""

    def change(states):
        states[state] = {"Type": "Fail", "Error": "Killed", "Cause": "by the test"}

    return change


def killed(stream, state, by="watchdog", version="aaaaaaaa"):
    """Let a wake die at a state, then deploy the machine that does not."""
    stream.deploy(version, change=dies_at(state))
    assert stream.ended(stream.wake(by))["status"] == "FAILED"
    return stream.deploy(version)


@pytest.mark.slow
def test_a_hundred_wakes_during_a_deploy_and_a_crash_leave_one_run(stream):
    stream.reconcile()
    stream.runs_at(1).commits_at(1)
    stream.reconcile()
    seen = []

    def wake(number):
        if number == 30:
            stream.deploy("bbbbbbbb")
        if number == 60:
            generation = stream.row()["generation"]
            stream.tell(generation, "crash")
        execution = stream.wake()
        seen.append(len(stream.live()))
        return execution

    with ThreadPoolExecutor(10) as threads:
        executions = list(threads.map(wake, range(100)))
    assert {stream.ended(each)["status"] for each in executions} == {"SUCCEEDED"}
    stream.quiet()
    stream.reconcile()

    generation = stream.row()["generation"]
    stream.runs_at(generation)
    stream.reconcile()
    assert stream.live() == [generation]
    assert stream.row()["version"] == "bbbbbbbb"
    assert stream.most_at_once() == 1
    assert max(seen) == 1
    assert stream.row("lease") == {}


def test_a_wake_beside_another_leaves_a_mark_that_is_heard(stream):
    stream.reconcile()
    stream.runs_at(1).tell("aaaaaaaa", "deaf")
    time.sleep(0.2)
    stream.deploy("bbbbbbbb")
    first = stream.wake("deploy")
    stream.until(lambda: stream.row()["state"] == "DRAINING")

    second = stream.wake()

    assert stream.ended(second)["status"] == "SUCCEEDED"
    assert stream.path(second)[-1] == "LeftAMark"
    stream.tell("aaaaaaaa", "")
    assert stream.path(first)[-1] != "HandOver"
    stream.ended(first)
    assert "Successor" in stream.path(first)
    stream.quiet()
    assert stream.runs_at(2).live() == ["2"]


@pytest.mark.parametrize("state", ["Want", "Intend", "Start", "Started", "LetGo"])
def test_a_wake_that_dies_while_it_starts_costs_nothing(stream, state):
    killed(stream, state)

    stream.reconcile()

    generation = stream.row()["generation"]
    assert stream.runs_at(generation).live() == [generation]
    assert stream.row()["state"] == "RUNNING"
    assert stream.most_at_once() == 1
    assert stream.row("lease") == {}


@pytest.mark.parametrize("state", ["AskToStop", "DrainLook", "Drained"])
def test_a_wake_that_dies_while_it_replaces_costs_nothing(stream, state):
    stream.reconcile()
    stream.runs_at(1)
    killed(stream, state, version="bbbbbbbb")

    stream.reconcile()

    generation = stream.row()["generation"]
    assert stream.runs_at(generation).row()["version"] == "bbbbbbbb"
    assert stream.live() == [generation]
    assert stream.most_at_once() == 1


@pytest.mark.parametrize("state", ["LateCommits", "Restart", "Breathe"])
def test_a_wake_that_dies_after_a_crash_costs_nothing(stream, state):
    stream.reconcile()
    stream.runs_at(1).fails(1)
    killed(stream, state)

    stream.reconcile()

    assert stream.runs_at(2).live() == ["2"]
    assert stream.most_at_once() == 1


def test_a_run_that_nobody_wrote_down_is_found_by_its_name(stream):
    killed(stream, "Started")
    assert "jobRun" not in stream.runs_at(1).row()

    assert "Adopted" in stream.reconcile()

    row = stream.row()
    assert (row["state"], row["generation"]) == ("RUNNING", "1")
    assert stream.runs() == [("1", "RUNNING")]


def test_an_execution_from_before_a_deploy_does_not_bring_the_old_version_back(stream):
    """It has begun, but not looked: another one has the lease."""

    def slowly(states):
        states["Take"]["Next"] = "Slowly"
        states["Slowly"] = {"Type": "Wait", "Seconds": 60, "Next": "Current"}

    stream.deploy(change=slowly)
    late = stream.wake()
    stream.until(lambda: stream.row("lease"))
    stream.deploy("bbbbbbbb")

    stream.ended(late)

    assert {"Outdated", "Successor"} <= set(stream.path(late))
    stream.quiet()
    assert stream.runs_at(1).row()["version"] == "bbbbbbbb"


def test_a_lease_whose_holder_is_gone_is_taken(stream):
    gone = stream.names.arn("states", "execution:acme-dev-sales_stream:gone")
    stream.put("lease", execution={"S": gone}, again={"S": "2026-11-21T06:00:00Z"})

    assert "TakeOver" in stream.reconcile()

    assert stream.runs_at(1).live() == ["1"]
    assert stream.row("lease") == {}
