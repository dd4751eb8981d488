"""The keeper's machine: one wake, one matter.

    {"execution": ARN}                       this execution has ended without success
    {"execution": ARN, "row": {"pk", "sk"}}  the same, for a row that no index names
    {"queue": JOB}                           a run of this job is over
    {"scheduled_time": TIME} or nothing      look at everything that is open
    {"after": KEY}                           go on looking, from here

Events and schedule are both best effort, so each of them alone is enough.
(docs/control-loop.md, docs/adr/0013-the-keeper.md)
"""

from __future__ import annotations

import json

from sparkrail.control.dead import dead
from sparkrail.control.judge import judge
from sparkrail.control.queue import queue
from sparkrail.control.republish import republish
from sparkrail.control.rows import ROW
from sparkrail.control.sweep import sweep
from sparkrail.names import Names
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, choose, formatted, present, task

_TIMEOUT_SECONDS = 1800
_FAILED = "Failed"


def states(*, names: Names) -> States:
    """Write the states of the keeper.

    Args:
        names: Of the environment.
    """
    return {
        "Woken": choose(
            {**present("$.row"), "Next": "Row"},
            {**present("$.execution"), "Next": "Index"},
            {**present("$.queue"), "Next": "Oldest"},
            {**present("$.after"), "Next": "OpenAfter"},
            otherwise="Open",
        ),
        **judge(failed=_FAILED),
        **dead(then="NextInLine", failed=_FAILED),
        **republish(source=names.prefix, bus=names.bus, then="Close", failed=_FAILED),
        **queue(names=names, failed=_FAILED),
        "WatchAgain": _watch_again(failed=_FAILED),
        **sweep(keeper_arn=names.keeper_arn, failed=_FAILED),
        _FAILED: {"Type": "Fail", "Error": "KeeperFailed", "CausePath": "$.error.Cause"},
    }


def definition(*, names: Names) -> str:
    """Write the machine as JSON; `${LedgerName}` in it is filled in by the deploy.

    Args:
        names: Of the environment.
    """
    machine = {
        "Comment": f"Keeps what the machines of {names.prefix} could not finish.",
        "StartAt": "Woken",
        "TimeoutSeconds": _TIMEOUT_SECONDS,
        "States": states(names=names),
    }
    return json.dumps(machine, separators=(",", ":"))


def _watch_again(*, failed: str) -> State:
    """Start the machine again that watched for files; it takes the row over from the dead one."""
    name = formatted("{}/{}", "$$.Execution.Id", "$.execution")
    return task(
        "states:startExecution",
        {
            "StateMachineArn.$": f"{ROW}.machine.S",
            "Name.$": f"States.Hash({name}, 'SHA-256')",
            "Input.$": f"States.StringToJson({ROW}.input.S)",
        },
        then="Nothing",
        keep=None,
        retry=retries.STARTS,
        catch=[caught("Nothing", errors=[retries.STARTED_ALREADY]), caught(failed)],
    )
