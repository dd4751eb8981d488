"""What a job reads and writes."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sparkmodel.base import Model, Text
from sparkmodel.names import TableName, TopicName
from sparkmodel.problems import listed, nearest, refuse

RAW_BUCKETS = ("raw",)
"""Buckets of the platform that a path may begin with."""

_PATH = re.compile(r"[A-Za-z0-9_.=+@:/-]+")
_S3_URI = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+")
_SOURCES = ("path", "table", "topic")


def _path(path: str) -> str:
    allowed = f'Write "{RAW_BUCKETS[0]}/<folder>/" or "s3://<bucket>/<folder>/".'
    if not _PATH.fullmatch(path) or "/../" in f"/{path}/":
        raise refuse(f"is not a path: no spaces, no wildcards, no `..`. {allowed}")
    if _S3_URI.fullmatch(path):
        return path
    bucket, _, prefix = path.partition("/")
    if bucket not in RAW_BUCKETS or not prefix.strip("/") or "//" in path:
        raise refuse(
            f"is not a folder of a bucket. {allowed} Buckets of the platform: "
            f"{listed(RAW_BUCKETS)}.",
            nearest=_nearest_path(bucket, prefix),
        )
    return path


def _nearest_path(bucket: str, prefix: str) -> str | None:
    near = nearest(bucket, RAW_BUCKETS)
    return f"{near}/{prefix.strip('/')}/" if near and prefix.strip("/") else None


class Input(Model):
    """What the code calls an input, and where it is. Exactly one of path, table and topic.

    Args:
        path: A folder or file: "raw/hhs/" in the platform's raw bucket, or an s3:// URI.
        table: A table that has a contract.
        topic: A Kafka topic that has a contract; of a streaming job only.
    """

    path: Annotated[Text, AfterValidator(_path)] | None = Field(
        default=None, description='"raw/<folder>/", or "s3://<bucket>/<folder>/".'
    )
    table: TableName | None = Field(default=None, description='"database.table", with a contract.')
    topic: TopicName | None = Field(
        default=None, description="A topic with a contract; of a streaming job."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Input:
        given = [source for source in _SOURCES if getattr(self, source) is not None]
        if len(given) != 1:
            raise refuse(
                'is no input. Give exactly one of path = "raw/...", table = "..." and '
                'topic = "...".'
            )
        return self


class Output(Model):
    """What the code calls an output, and the table it is; the table must have a contract."""

    table: TableName = Field(description='"database.table", with a contract.')
