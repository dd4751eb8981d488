"""End a run that shall not run any more: ask it to stop, wait, and cancel it if it does not.

The stop mark carries the generation, so that it never stops a successor.
"""

from __future__ import annotations

from sparkrail.streaming.look import OVER, get_run, vanished
from sparkrail.streaming.rows import DRAINING, READY, ROW, change, control_file
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    formatted,
    is_,
    not_,
    note,
    task,
)

POLL_SECONDS = 10
CANCEL_MINUTES = 15
"""How long a cancelled run may take; EMR Serverless gives a streaming driver two minutes."""

_NOT_YET = ("SUBMITTED", "QUEUED", "PENDING", "SCHEDULED")
_POLLS_PER_MINUTE = 60 // POLL_SECONDS


def drain(job: str, *, minutes: int, then: str, failed: str) -> States:
    """End the run that the row names.

    Args:
        job: The stream.
        minutes: How long it may take to stop by itself.
        then: The next state; the row says that nothing runs.
        failed: The next state when a service cannot be reached.
    """
    limit = minutes * _POLLS_PER_MINUTE
    return {
        "Drain": change(job, DRAINING, then="AskToStop", failed=failed),
        "AskToStop": task(
            "aws-sdk:s3:putObject",
            {
                "Bucket": "${LogsBucketName}",
                "Key.$": control_file(job, "stop/{}"),
                "Body": {"by.$": "$$.Execution.Name"},
                "ContentType": "application/json",
            },
            then="HasDriver",
            keep=None,
            retry=retries.FILES,
            catch=[caught(failed)],
        ),
        "HasDriver": choose(
            {**is_("$.run.State", *_NOT_YET), "Next": "NoPatience"}, otherwise="Patience"
        ),
        # What has no driver yet reads no stop mark, and loses nothing.
        "NoPatience": note({"polls": limit}, at="$.drain", then="DrainWait"),
        "Patience": note({"polls": 0}, at="$.drain", then="DrainWait"),
        **_poll(limit, over="Drained", failed=failed),
        "Drained": change(
            job, READY, ", restarts = :none REMOVE jobRun", values=_NONE, then=then, failed=failed
        ),
    }


_NONE = {":none": {"N": "0"}}


def _poll(limit: int, *, over: str, failed: str) -> States:
    most = limit + CANCEL_MINUTES * _POLLS_PER_MINUTE
    late = {"Variable": "$.drain.polls", "NumericGreaterThan": limit}
    too_late = {"Variable": "$.drain.polls", "NumericGreaterThan": most}
    return {
        "DrainWait": {"Type": "Wait", "Seconds": POLL_SECONDS, "Next": "DrainCount"},
        "DrainCount": note(
            {"polls.$": "States.MathAdd($.drain.polls, 1)"}, at="$.drain", then="DrainLook"
        ),
        "DrainLook": get_run(then="DrainOver", gone="DrainVanished", failed=failed),
        "DrainVanished": vanished(then=over),
        "DrainOver": choose(
            {**is_("$.run.State", *OVER), "Next": over},
            {**too_late, "Next": "Undying"},
            {"And": [late, not_(is_("$.run.State", "CANCELLING"))], "Next": "CancelRun"},
            otherwise="DrainWait",
        ),
        "CancelRun": _cancel(then="DrainWait"),
        "Undying": note(
            {
                "Error": "RunDoesNotEnd",
                "Cause.$": formatted("The job run {} does not end.", f"{ROW}.jobRun.S"),
            },
            at="$.error",
            then=failed,
        ),
    }


def _cancel(*, then: str) -> State:
    return task(
        "aws-sdk:emrserverless:cancelJobRun",
        {"ApplicationId.$": f"{ROW}.application.S", "JobRunId.$": f"{ROW}.jobRun.S"},
        then=then,
        keep=None,
        retry=retries.RUNS,
        # It may have ended by itself; whether it has is asked in the next round.
        catch=[caught(then)],
    )
