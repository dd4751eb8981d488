"""How far a stream is, as a property of its table: it is committed together with the rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Mapping, Optional

PREFIX = "sparkrail.stream."
"""So begin the table properties that say how far a stream is; its job's name follows."""

_ID = 8


@dataclass(frozen=True)
class Mark:
    """A batch that a table has.

    Args:
        state_version: Of the job, at that time.
        query: Spark's id of the query; it lives in the checkpoint.
        batch: Number of the batch, from 0.
        offsets: Where the batch ended, as Spark's source says it; of Kafka: next offset by
            partition by topic.
        read: Records by which the share of refused ones was judged, up to this batch.
        refused: How many of these were refused.
    """

    state_version: int
    query: str
    batch: int
    offsets: Any = None
    read: int = 0
    refused: int = 0

    def covers(self, other: Mark) -> bool:
        """Whether a table with this mark has the batch of another one."""
        return self.query == other.query and self.batch >= other.batch

    def is_of_successor(self, other: Mark) -> bool:
        """Whether this mark is of a query that took the place of another one's."""
        return self.query != other.query and self.state_version >= other.state_version

    def to_json(self) -> str:
        """The value of the property."""
        return json.dumps(
            {
                "state_version": self.state_version,
                "query_id": self.query,
                "batch": self.batch,
                "end_offsets": self.offsets,
                "judged": {"read": self.read, "quarantined": self.refused},
            }
        )

    def wap_id(self, job: str) -> str:
        """What a staged snapshot of the batch is called."""
        return f"{job}.{self.query[:_ID]}.{self.batch}"


def property_of(job: str) -> str:
    """The name of the table property of a job.

    >>> property_of("sales_stream")
    'sparkrail.stream.sales_stream'
    """
    return PREFIX + job


def mark_in(properties: Mapping[str, str], job: str) -> Optional[Mark]:
    """What a table's properties say of a job's stream; None: it never wrote to the table."""
    text = properties.get(property_of(job))
    if not text:
        return None
    found = json.loads(text)
    judged = found.get("judged") or {}
    return Mark(
        state_version=int(found["state_version"]),
        query=str(found["query_id"]),
        batch=int(found["batch"]),
        offsets=found.get("end_offsets"),
        read=int(judged.get("read", 0)),
        refused=int(judged.get("quarantined", 0)),
    )
