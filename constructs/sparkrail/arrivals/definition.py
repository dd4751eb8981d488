"""The whole machine of a job's files."""

from __future__ import annotations

import json

from sparkmodel import Job
from sparkrail.arrivals.batch import batch
from sparkrail.arrivals.note import arrived, noted
from sparkrail.arrivals.watch import finished, watching
from sparkrail.names import Names
from sparkrail.workflow.asl import States

_FAILED = "Failed"


def states(job: Job, *, names: Names) -> States:
    """Write the states of the machine of a job's files.

    An object passes six, whoever watches some more for each batch and two for each object of it.

    Args:
        job: Triggered by files.
        names: Of the environment.
    """
    assert job.trigger is not None, "only a job with a trigger has this machine"
    assert job.trigger.files is not None, "only a job that files trigger has this machine"
    me = names.arrivals_machine_arn(job.name)
    return {
        **arrived(input_prefix(job), again="TakeOver"),
        **noted(job.name, machine_arn=me, then="Watch", failed=_FAILED),
        **watching(
            job.name,
            settle_minutes=job.trigger.settle_minutes,
            machine_arn=me,
            failed=_FAILED,
        ),
        **batch(
            job.name,
            source=job.trigger.files,
            machine_arn=names.machine_arn(job.name),
            failed=_FAILED,
        ),
        **finished(job.name, failed=_FAILED),
        _FAILED: {"Type": "Fail", "Error": "FilesNotSettled", "CausePath": "$.error.Cause"},
    }


def definition(job: Job, *, names: Names) -> str:
    """Write the machine as JSON; `${Name}` in it is filled in by the deploy.

    Args:
        job: Triggered by files.
        names: Of the environment.
    """
    machine = {
        "Comment": f"Makes a batch of the files that have settled, and starts {job.name}.",
        "StartAt": "Woken",
        "States": states(job, names=names),
    }
    return json.dumps(machine, separators=(",", ":"))


def input_prefix(job: Job) -> str:
    """Say where in the raw bucket the files of a job's trigger arrive; it ends in /.

    Args:
        job: Triggered by files.
    """
    assert job.trigger is not None, "only a job with a trigger has files to wait for"
    path = job.inputs[job.trigger.files or ""].path or ""
    return f"{path.partition('/')[2].rstrip('/')}/"
