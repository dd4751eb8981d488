"""What the machine of a job's files may do: the calls that its states make, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.arrivals.rows import partition
from sparkrail.identity.machine_basics import observed, own_state
from sparkrail.identity.statements import Statement, allow, use_key

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_LEDGER = ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")


def arrivals_statements(job: Job, platform: Platform) -> list[Statement]:
    """Write the statements of the machine of a job's files.

    Args:
        job: Triggered by files.
        platform: Gives ledger, buckets, keys and names.
    """
    names, keys = platform.names, platform.keys
    me = names.arrivals_machine_arn(job.name)
    rows = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [partition(job.name)]}}
    pages = names.bucket_arn(platform.buckets.logs, f"{batches_prefix(job.name)}*")
    ledger = [f"dynamodb:{each}" for each in _LEDGER]
    return [
        allow("KeepFiles", ledger, [platform.ledger_arn], when=rows),
        allow("WriteBatches", ["s3:PutObject"], [pages]),
        allow("StartRun", ["states:StartExecution"], [names.machine_arn(job.name), me]),
        use_key("UseDataKey", keys.data, ["dynamodb"], names=names),
        use_key("UseLogKey", keys.logs, ["s3"], names=names),
        use_key("UseMessageKey", keys.messages, ["states"], names=names),
        own_state(me, key_arn=keys.messages),
        *observed(names, key_arn=keys.messages),
    ]


def batches_prefix(job: str) -> str:
    """Say where in the log bucket the batches of a job's files are.

    >>> batches_prefix("orders")
    'batches/orders/'
    """
    return f"batches/{job}/"
