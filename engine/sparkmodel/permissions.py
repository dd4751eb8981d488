"""From a denied call to the lines of job.toml that would allow it.

What a job may do follows from its inputs, outputs and secrets, so that is where the line belongs;
only what cannot follow from them is a statement of `[[iam]]`. What a topics job may do follows from
the contracts of topics.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from sparkmodel.inputs import RAW_BUCKETS
from sparkmodel.job import Job
from sparkmodel.toml_text import dotted, whole_toml

_ARN = re.compile(r"arn:[\w-]+:(?P<service>[\w-]+):[\w-]*:\d*:(?P<rest>.+)")
_READS_OF_S3 = ("s3:GetObject", "s3:ListBucket", "s3:HeadObject", "s3:HeadBucket")
_READS_OF_GLUE = ("glue:Get", "glue:BatchGet", "glue:Search")
_OF_TOPICS = "kafka-cluster:"
_READS_OF_KAFKA = tuple(
    f"{_OF_TOPICS}{action}"
    for action in ("Connect", "DescribeTopic", "DescribeTopicDynamicConfiguration", "ReadData")
)
_MAKES_TOPICS = tuple(
    f"{_OF_TOPICS}{action}"
    for action in ("CreateTopic", "AlterTopic", "AlterTopicDynamicConfiguration")
)
_WAREHOUSE = "warehouse/"
_TABLE_DEPTH = 2
_TOPIC_AT = 2
_SUFFIX_OF_SECRET = re.compile(r"-(?:[A-Za-z0-9]{6}|\?{6})$")


@dataclass(frozen=True)
class Places:
    """What an environment calls the platform's things.

    Args:
        raw_bucket: Name of the raw bucket.
        lake_bucket: Name of the bucket of tables.
        database_prefix: What the names of Glue databases begin with.
    """

    raw_bucket: str
    lake_bucket: str
    database_prefix: str


def lines_to_add(action: str, resource: str, *, job: Job, places: Places) -> str:
    """Write the lines of job.toml that would allow a denied call.

    Args:
        action: Such as "s3:GetObject".
        resource: The ARN that the call was about.
        job: The job that was denied.
        places: Of the environment.

    Returns:
        TOML: a line below its [table], to be added to that table if the manifest has it. For a
        topics job: the line of the topic's contract.

    >>> from pathlib import Path
    >>> places = Places("raw-1", "lake-1", "demo_dev_")
    >>> job = Job(folder=Path("sales"), team="shop")
    >>> file = "arn:aws:s3:::raw-1/other/a.csv"
    >>> print(lines_to_add("s3:GetObject", file, job=job, places=places))
    [inputs]
    other = { path = "raw/other/" }
    """
    match = _ARN.fullmatch(resource)
    service, rest = (match["service"], match["rest"]) if match else ("", "")
    found = None
    if service == "s3" and action.startswith("s3:"):
        found = _of_files(action in _READS_OF_S3, rest, job, places)
    elif service == "glue" and action.startswith("glue:"):
        found = _of_catalog(action.startswith(_READS_OF_GLUE), rest, job, places)
    elif action == "secretsmanager:GetSecretValue" and rest.startswith("secret:"):
        secret = _SUFFIX_OF_SECRET.sub("", rest.removeprefix("secret:"))
        found = _below("secrets", _new_name(secret, job.secrets), secret)
    elif service == "kafka" and action.startswith(_OF_TOPICS):
        found = _of_topic(action, rest, job)
    return found or _statement(action, resource)


def _of_topic(action: str, rest: str, job: Job) -> str | None:
    """What lets a stream read: its one input; and a topics job make and see: that its team owns it.

    Args:
        action: Of the service prefix kafka-cluster.
        rest: Of the ARN: topic/<cluster>/<uuid>/<topic>, or cluster/<cluster>/<uuid>.
        job: The job that was denied.
    """
    kind, _, path = rest.partition("/")
    topic = path.split("/")[_TOPIC_AT] if kind == "topic" and path.count("/") == _TOPIC_AT else ""
    if job.manages or action in _MAKES_TOPICS:
        return f"# topics/{topic}.toml\nowner = {whole_toml(job.team)}" if topic else None
    if action not in _READS_OF_KAFKA or job.stream is None:
        return None
    named = (name for name, each in job.inputs.items() if each.topic)
    name = next(named, None) or _new_name(topic or "events", job.inputs)
    return _below("inputs", name, {"topic": topic or job.topic or "<topic>"})


def _of_files(reads: bool, rest: str, job: Job, places: Places) -> str | None:
    bucket, _, key = rest.partition("/")
    if bucket == places.lake_bucket:
        parts = key.removeprefix(_WAREHOUSE).split("/")
        inside = key.startswith(_WAREHOUSE) and len(parts) >= _TABLE_DEPTH and parts[1] not in "*"
        return _of_table(reads, ".".join(parts[:_TABLE_DEPTH]), job) if inside else None
    if not reads:
        return None
    ours = bucket == places.raw_bucket
    folder = _folder(key)
    path = f"{RAW_BUCKETS[0]}/{folder}" if ours else f"s3://{bucket}/{folder}"
    return _below("inputs", _new_name(folder or bucket, job.inputs), {"path": path})


def _folder(key: str) -> str:
    """The first folder of a key: what lies in it are days or parts more often than other data."""
    first, deeper, _ = key.partition("/")
    if deeper:
        return f"{first}/"
    return first if "." in first else f"{first.rstrip('*') or '<folder>'}/"


def _of_catalog(reads: bool, rest: str, job: Job, places: Places) -> str | None:
    kind, _, name = rest.partition("/")
    database, _, table = name.partition("/")
    ours = database.startswith(places.database_prefix)
    if kind not in ("table", "database") or not ours:
        return None
    database = database.removeprefix(places.database_prefix)
    return _of_table(reads, f"{database}.{table or '<table>'}", job)


def _of_table(reads: bool, table: str, job: Job) -> str:
    of, names = ("inputs", job.inputs) if reads else ("outputs", job.outputs)
    return _below(of, _new_name(table.partition(".")[2], names), {"table": table})


def _below(table: str, name: str, value: object) -> str:
    return f"[{table}]\n{dotted((name,))} = {whole_toml(value)}"


def _new_name(meant: str, taken: Collection[str]) -> str:
    """Make a name for the code of what is called something, one that is not taken."""
    last = meant.strip("/").rpartition("/")[2]
    stem = last.partition(".")[0].lower()
    name = re.sub(r"^[^a-z]+|_+$", "", re.sub(r"[^a-z0-9]+", "_", stem)) or "other"
    count = 2
    while f"{name}_{count}" in taken:
        count += 1
    return name if name not in taken else f"{name}_{count}"


def _statement(action: str, resource: str) -> str:
    return "\n".join(
        [
            "[[iam]]",
            f"reason = {whole_toml(f'<why the job needs {action}>')}",
            f"actions = {whole_toml([action])}",
            f"resources = {whole_toml([resource])}",
        ]
    )
