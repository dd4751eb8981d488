"""The contract of a Kafka topic: what `topics/<topic>.toml` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from sparkmodel.base import Model, Text, Whole
from sparkmodel.column import Column
from sparkmodel.names import DashedName, Identifier, TopicName
from sparkmodel.problems import Finding, refuse, refuse_all

MOST_PARTITIONS = 2400
"""Partitions of a whole cluster, which no topic can have more of. (MSK Serverless quotas.)"""

LARGEST_MESSAGE_MIB = 8
"""Largest message. (MSK Serverless quotas.)"""

FOR_EVER = -1
_KEYED_OTHERWISE = re.compile(r"map<(?!string,)")
_MS_PER_HOUR = 3_600_000
_BYTES_PER_MIB = 1 << 20
_BYTES_PER_GIB = 1 << 30


class Topic(Model):
    """The contract of a topic.

    Args:
        name: What it is called. The reader takes the file's name.
        description: What a record is.
        owner: The team whose topics job makes it.
        partitions: How many; they can only become more.
        retention_hours: How long records stay, in hours; -1: for ever. Default: 168, 7 days.
        retention_gb: Most that a partition keeps, in GiB; -1: no limit. Default: 250.
        max_message_mib: Largest record, in MiB. Default: 1.
        cleanup: `delete` removes old records, `compact` keeps the last one of each key. Fixed when
            the topic is created. Default: delete.
        columns: What a record's value holds, as JSON, by name.

    Raises:
        ValidationError: Something in it cannot be; all that is wrong together.
    """

    format: Literal[1] = Field(default=1, description="Version of this format: 1.")
    name: TopicName
    description: Text = Field(default="", description="What a record is.")
    owner: DashedName = Field(description="The team whose topics job makes it.")
    partitions: Whole = Field(
        ge=1, le=MOST_PARTITIONS, description="How many; they can only become more."
    )
    retention_hours: Whole = Field(
        default=168, ge=-1, le=876_000, description="Hours that records stay; -1: for ever."
    )
    retention_gb: Whole = Field(
        default=250, ge=-1, le=1_000_000, description="Most GiB of a partition; -1: no limit."
    )
    max_message_mib: Whole = Field(
        default=1, ge=1, le=LARGEST_MESSAGE_MIB, description="Largest record, in MiB."
    )
    cleanup: Literal["delete", "compact"] = Field(
        default="delete", description="delete or compact; fixed when the topic is created."
    )
    columns: dict[Identifier, Column] = Field(
        min_length=1, description="What a record's value holds, as JSON, by name."
    )

    @model_validator(mode="after")
    def _can_be(self) -> Topic:
        for key in ("retention_hours", "retention_gb"):
            if getattr(self, key) == 0:
                raise refuse("keeps nothing. At least 1, or -1: no limit.", at=(key,))
        if findings := list(_column_findings(self)):
            raise refuse_all("Topic", findings)
        return self

    @property
    def settings(self) -> dict[str, str]:
        """What Kafka is told of the topic beside its partitions, by Kafka's own names."""
        return {
            "cleanup.policy": self.cleanup,
            "max.message.bytes": str(self.max_message_mib * _BYTES_PER_MIB),
            "retention.bytes": _limit(self.retention_gb, _BYTES_PER_GIB),
            "retention.ms": _limit(self.retention_hours, _MS_PER_HOUR),
        }


def _limit(number: int, unit: int) -> str:
    return str(number if number == FOR_EVER else number * unit)


def _column_findings(topic: Topic) -> Iterator[Finding]:
    for name, column in topic.columns.items():
        if column.was is not None:
            text = (
                "is nothing that a topic has: its records keep the names they were written with. "
                "Leave it out; rename the table's column."
            )
            yield Finding(path=("columns", name, "was"), text=text)
        if _KEYED_OTHERWISE.search(str(column.parsed)):
            text = f"is {column.type}, and JSON knows text as keys only: map<string,...>."
            yield Finding(path=("columns", name, "type"), text=text)
