"""The whole machine of a streaming job. One wake makes what runs what shall run, and ends.

    {"by": "resume"}                          a person lets it go on
    {"by": "deploy" | "run" | "watchdog"}     its stack was deployed, its run ended, time has passed
    {}                                        anybody asks it to look

Every wake does the same, whoever sent it: it compares and acts. Lost, doubled and late wakes do no
harm. (docs/adr/0022-reconciler.md)
"""

from __future__ import annotations

import json

from sparkmodel import Job
from sparkrail.names import Names
from sparkrail.streaming.commits import commits, noted
from sparkrail.streaming.desired import StreamRun, comment, current, payload, want
from sparkrail.streaming.drain import CANCEL_MINUTES, drain
from sparkrail.streaming.ended import ended
from sparkrail.streaming.lease import let_go, take
from sparkrail.streaming.look import look, matters, run
from sparkrail.streaming.resume import woken
from sparkrail.streaming.rows import DRAINING, ROW
from sparkrail.streaming.start import search, start
from sparkrail.workflow.asl import State, States, choose, is_, not_, same

_SLACK_MINUTES = 30
_FAILED = "Failed"


def states(job: Job, what: StreamRun, *, names: Names) -> States:
    """Write the states of the reconciler of a stream.

    A wake that finds everything right passes fifteen, among them no call that changes anything but
    the lease.

    Args:
        job: The stream.
        what: What it starts.
        names: Of the environment.
    """
    assert job.stream is not None, "only streams are kept running"
    me, name = names.machine_arn(job.name), job.name
    waits = names.environment.kafka.streams == "wait"
    return {
        **woken(name, then="Take", failed=_FAILED),
        **take(name, then="Current", failed=_FAILED),
        **current(machine_arn=me, then="Look", outdated="Outdated", failed=_FAILED),
        **look(name, waits=waits, then="Want", failed=_FAILED),
        **want(payload(job, what, names=names), then="Matters"),
        **matters(name, runs="Run", lost="Settle", starts="Next", nothing="LetGo", failed=_FAILED),
        **run(over="Over", drain="Drain", right="Right", failed=_FAILED),
        "Right": noted(then="LetGo", otherwise="Commits"),
        **commits(name, then="LetGo", otherwise="LetGo", failed=_FAILED),
        **drain(name, minutes=job.stream.drain_minutes, then="Look", failed=_FAILED),
        "Over": _over(asked="Drained", by_itself="Report"),
        **ended(
            name,
            topic_arn=names.alarm_topic_arn,
            subject=names.machine(name),
            then="Look",
            over="LetGo",
            failed=_FAILED,
        ),
        **search(name, then="Look", failed=_FAILED),
        **start(name, then="LetGo", again="Look", bad="Bad", failed=_FAILED),
        **let_go(name, machine_arn=me, failed=_FAILED),
        _FAILED: {"Type": "Fail", "Error": "ReconcilerFailed", "CausePath": "$.error.Cause"},
    }


def definition(job: Job, what: StreamRun, *, names: Names) -> str:
    """Write the machine as JSON; `${Name}` in it is filled in by the deploy.

    Args:
        job: The stream.
        what: What it starts.
        names: Of the environment.
    """
    assert job.stream is not None, "only streams are kept running"
    minutes = job.stream.drain_minutes + CANCEL_MINUTES + _SLACK_MINUTES
    machine = {
        "Comment": comment(job.name),
        "StartAt": "Woken",
        "TimeoutSeconds": minutes * 60,
        "States": states(job, what, names=names),
    }
    return json.dumps(machine, separators=(",", ":"))


def _over(*, asked: str, by_itself: str) -> State:
    """Tell a run that was asked to end, or that shall not run any more, from one that fell."""
    right = [
        not_(is_(f"{ROW}.state.S", DRAINING)),
        same(f"{ROW}.version.S", "$.want.version"),
    ]
    return choose({"And": right, "Next": by_itself}, otherwise=asked)
