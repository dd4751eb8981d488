"""The limit of refused records, judged before anything of a batch is written."""

from __future__ import annotations

from typing import Sequence

from pyspark.sql import Row

from sparkjob.errors import StreamPoisoned
from sparkjob.streaming.counts import Counts, Share

SAMPLES = 3


def check_share(
    share: Share,
    counts: Counts,
    *,
    percent: float,
    minimum: int,
    samples: Sequence[Row],
    job: str,
) -> None:
    """Stop the stream if too many records are refused.

    Args:
        share: Of the batches before.
        counts: Of the batch.
        percent: The share, in percent, that may be refused; more than it stops the stream.
        minimum: Records that must be read before the share counts.
        samples: Some of the refused: topic, partition, offset, reason.
        job: Name of the job.

    Raises:
        StreamPoisoned: The share is over the limit.
    """
    read, refused = share.with_batch(counts.read, counts.quarantined + counts.broken)
    if read < minimum or refused * 100 <= percent * read:
        return
    told = [f"  {_place(row)}: {row['reason']}" for row in samples]
    raise StreamPoisoned(
        f"{refused:,} of the last {read:,} records were refused ({100 * refused / read:.1f} %), "
        f"and the limit is {percent:g} %. Nothing of the batch was published, its records are "
        "still in the topic. For example:\n" + "\n".join(told) + "\nChoose:\n"
        "  - if the topic's contract or the job is wrong, correct it and deploy;\n"
        "  - if the records are, mend what sends them, and raise run.quarantine_percent in "
        f"spark_jobs/{job}/job.toml until the stream is past those that are there: they go to "
        "quarantine."
    )


def _place(row: Row) -> str:
    if row["topic"] is None:
        return "a row of the job"
    return f"{row['topic']} partition {row['partition']} offset {row['offset']}"
