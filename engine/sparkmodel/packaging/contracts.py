"""What the code zip tells a running job about its outputs and its topics."""

import json
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from sparkmodel.job import Job
from sparkmodel.packaging.errors import PackagingError
from sparkmodel.problems import Problem, listed, nearest
from sparkmodel.shared import LATE_SUFFIX
from sparkmodel.table import Table
from sparkmodel.toml_text import dotted
from sparkmodel.topic import Topic

_NO_TOPICS: Mapping[str, Topic] = MappingProxyType({})


def contracts_json(
    job: Job, tables: Mapping[str, Table], topics: Mapping[str, Topic] = _NO_TOPICS
) -> str:
    """The document `sparkjob/contracts.json` of a job: the contracts of its outputs and topics.

    A job that keeps tables or makes topics knows them by their own names, and so is the topic
    known that a stream reads. A topics job is told what Kafka is told of each.

    Columns stay in the table's order; all else is sorted, so the same model gives the same bytes.
    A contract that names no owner belongs to the job's team. Secrets are named, never read.

    Args:
        job: Its outputs and secrets are what the document tells.
        tables: Contracts by `database.table`.
        topics: Contracts of topics by name. Default: there are none.

    Raises:
        PackagingError: An output's table or a topic has no contract.
    """
    missing = [
        _no_contract(job, ("outputs", name), "table", output.table, tables)
        for name, output in sorted(job.outputs.items())
        if output.table not in tables
    ]
    missing += [
        _no_contract(job, ("inputs", name), "topic", each.topic, topics)
        for name, each in sorted(job.inputs.items())
        if each.topic is not None and each.topic not in topics
    ]
    written = {name: output.table for name, output in job.outputs.items()}
    written |= {table: table for table in job.maintains}
    if missing:
        raise PackagingError(missing)
    known = sorted({*job.manages, *([job.topic] if job.topic else [])})
    document: dict[str, Any] = {
        "job": job.name,
        "outputs": {name: _contract(table, job, tables) for name, table in sorted(written.items())},
        "secrets": dict(sorted(job.secrets.items())),
    }
    if known:
        document["topics"] = {name: _topic(topics[name], job) for name in known}
    return json.dumps(document, indent=2) + "\n"


def _contract(name: str, job: Job, tables: Mapping[str, Table]) -> dict[str, Any]:
    table = tables.get(name) or _beside(name, tables)
    owner = table.owner or job.team
    return {**table.model_dump(mode="json", exclude_none=True), "owner": owner}


def _beside(late: str, tables: Mapping[str, Table]) -> Table:
    """The upkeep of a table of late records: that of its table, and nothing of its columns."""
    table = tables[late.removesuffix(LATE_SUFFIX)]
    return table.model_copy(update={"name": late, "sort": (), "retention": None})


def _topic(topic: Topic, job: Job) -> dict[str, Any]:
    """The contract for whom makes the topic; for a stream what it reads.

    A stream is replaced when its code changes, and it need not be when a topic gets another owner
    or keeps its records for longer.
    """
    if job.topic is not None:
        return topic.model_dump(mode="json", exclude_none=True, include={"name", "columns"})
    return {**topic.model_dump(mode="json", exclude_none=True), "settings": topic.settings}


def _no_contract(
    job: Job, path: tuple[str, str], kind: str, missing: str, contracts: Collection[str]
) -> Problem:
    return Problem(
        file=f"{job.folder.parent.name}/{job.name}/job.toml",
        key=dotted(path),
        value=f'{{ {kind} = "{missing}" }}',
        text=f"has no contract. Contracts: {listed(sorted(contracts)) or 'none'}.",
        nearest=nearest(missing, contracts),
    )
