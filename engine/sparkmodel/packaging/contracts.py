"""What the code zip tells a running job about its outputs."""

import json
from collections.abc import Mapping
from typing import Any

from sparkmodel.job import Job
from sparkmodel.packaging.errors import PackagingError
from sparkmodel.problems import Problem, listed, nearest
from sparkmodel.table import Table


def contracts_json(job: Job, tables: Mapping[str, Table]) -> str:
    """The document `sparkjob/contracts.json` of a job: the contracts of its outputs, and no others.

    A job that keeps tables knows them by their own names.

    Columns stay in the table's order; all else is sorted, so the same model gives the same bytes.
    A contract that names no owner belongs to the job's team. Secrets are named, never read.

    Args:
        job: Its outputs and secrets are what the document tells.
        tables: Contracts by `database.table`.

    Raises:
        PackagingError: An output's table has no contract.
    """
    missing = [
        _no_contract(job, name, tables)
        for name, output in sorted(job.outputs.items())
        if output.table not in tables
    ]
    written = {name: output.table for name, output in job.outputs.items()}
    written |= {table: table for table in job.maintains}
    if missing:
        raise PackagingError(missing)
    document = {
        "job": job.name,
        "outputs": {name: _contract(tables[table], job) for name, table in sorted(written.items())},
        "secrets": dict(sorted(job.secrets.items())),
    }
    return json.dumps(document, indent=2) + "\n"


def _contract(table: Table, job: Job) -> dict[str, Any]:
    owner = table.owner or job.team
    return {**table.model_dump(mode="json", exclude_none=True), "owner": owner}


def _no_contract(job: Job, output: str, tables: Mapping[str, Table]) -> Problem:
    table = job.outputs[output].table
    return Problem(
        file=f"{job.folder.parent.name}/{job.name}/job.toml",
        key=f"outputs.{output}",
        value=f'{{ table = "{table}" }}',
        text=f"has no contract. Contracts: {listed(sorted(tables)) or 'none'}.",
        nearest=nearest(table, tables),
    )
