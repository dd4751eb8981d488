"""What a stream may do with its own files: its checkpoint, and what it and the reconciler say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.identity.statements import Statement, allow, listing

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_WRITTEN = ("committed/*", "reports/*", "progress.json")
_KEEP = (
    *("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject"),
    *("s3:ListMultipartUploadParts", "s3:PutObject"),
)


def stream_file_statements(job: Job, platform: Platform) -> list[Statement]:
    """Write the statements of a stream's files.

    The stop mark is the reconciler's: the driver reads it and cannot write it.

    Args:
        job: The stream.
        platform: Gives buckets and names.
    """
    names, buckets = platform.names, platform.buckets
    checkpoint, control = checkpoint_prefix(job.name), control_prefix(job.name)
    checkpoints = names.bucket_arn(buckets.checkpoints, f"{checkpoint}*")
    # Hadoop asks for a folder first as if it were a file.
    folder = names.bucket_arn(buckets.checkpoints, checkpoint.rstrip("/"))
    written = [names.bucket_arn(buckets.logs, f"{control}{each}") for each in _WRITTEN]
    return [
        allow("KeepCheckpoint", _KEEP, [checkpoints]),
        allow("LookForCheckpoint", ["s3:GetObject"], [folder]),
        listing("ListCheckpoint", names.bucket_arn(buckets.checkpoints), [checkpoint]),
        allow("ReadControl", ["s3:GetObject"], [names.bucket_arn(buckets.logs, f"{control}*")]),
        allow("WriteProgress", ["s3:PutObject"], written),
        listing("ListControl", names.bucket_arn(buckets.logs), [control]),
    ]


def checkpoint_prefix(job: str) -> str:
    """Say where in the checkpoints bucket the checkpoints of a stream are.

    >>> checkpoint_prefix("sales_stream")
    'sales_stream/'
    """
    return f"{job}/"


def control_prefix(job: str) -> str:
    """Say where in the log bucket a stream and the reconciler leave word for each other.

    >>> control_prefix("sales_stream")
    'streams/sales_stream/'
    """
    return f"streams/{job}/"
