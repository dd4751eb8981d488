"""What the keys of a contract owe each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sparkmodel.check_rules import check_findings
from sparkmodel.column import NESTED, TIMES, Column, renaming_findings, unknown_column
from sparkmodel.migration import migration_findings
from sparkmodel.problems import Finding, listed
from sparkmodel.shared import LATE_SUFFIX, QUARANTINE_SUFFIX, RUN_KEY
from sparkmodel.transforms import partition_findings, sort_findings

if TYPE_CHECKING:
    from sparkmodel.table import Table

ORDERED = ("int", "long", "decimal", "string", *TIMES)
"""Types of columns of which one value is surely greater than another."""


def table_findings(table: Table) -> Iterator[Finding]:
    """Say everything that cannot be meant in a contract whose keys are right one by one."""
    yield from _of_name(table)
    yield from _of_run_key(table)
    yield from _of_key(table)
    yield from _of_latest(table)
    yield from _of_partition(table)
    yield from sort_findings(table.sort, _stored(table))
    yield from renaming_findings(table.columns)
    yield from check_findings(table.checks, table.columns)
    yield from migration_findings(table.migrations, table.columns)
    yield from _of_retention(table)


def _stored(table: Table) -> Mapping[str, Column]:
    """List the columns as they are stored: an append table keeps the run key of each row."""
    run_key = {RUN_KEY: Column(type="string", required=True)} if table.write == "append" else {}
    return {**run_key, **table.columns}


def _of_name(table: Table) -> Iterator[Finding]:
    for suffix, rows in {QUARANTINE_SUFFIX: "refused", LATE_SUFFIX: "late"}.items():
        if table.table.endswith(suffix):
            text = f"is taken: {table.name} is where {rows} rows of a table go."
            yield Finding(path=("name",), text=text)


def _of_run_key(table: Table) -> Iterator[Finding]:
    own = table.columns.get(RUN_KEY)
    if table.write == "append" and own is not None and own.type != "string":
        text = 'must be "string": in a table with write = "append" it names the run of a row.'
        yield Finding(path=("columns", RUN_KEY, "type"), text=text)


def _of_key(table: Table) -> Iterator[Finding]:
    if table.write == "merge" and not table.key:
        text = 'is missing: write = "merge" finds the row to replace by its key. Name its columns.'
        yield Finding(path=("key",), text=text)
    for index, name in enumerate(table.key):
        path = ("key", index)
        if name in table.key[:index]:
            yield Finding(path=path, text="names a column twice.")
        elif unknown := unknown_column(path, name, table.columns):
            yield unknown
        elif table.columns[name].word in NESTED:
            text = f"is {table.columns[name].type}: a key is made of columns without parts."
            yield Finding(path=path, text=text)
        elif not table.columns[name].required:
            text = "must be true: the column is part of the key, and a null names nothing."
            yield Finding(path=("columns", name, "required"), text=text)


def _of_latest(table: Table) -> Iterator[Finding]:
    name, path = table.latest_by, ("latest_by",)
    if name is None:
        return
    if table.write != "merge":
        text = 'goes with write = "merge" only: the other modes compare no rows.'
        yield Finding(path=path, text=text)
    elif unknown := unknown_column(path, name, table.columns):
        yield unknown
    elif name in table.key:
        text = "is part of the key: two rows with one key never differ in it."
        yield Finding(path=path, text=text)
    elif table.columns[name].word not in ORDERED:
        text = f"is {table.columns[name].type}, which has no sure order. It goes with"
        yield Finding(path=path, text=f"{text} {listed(ORDERED)}.")
    elif not table.columns[name].required:
        text = "must be true: latest_by compares the column, and a null is neither older nor newer."
        yield Finding(path=("columns", name, "required"), text=text)


def _of_partition(table: Table) -> Iterator[Finding]:
    if table.write == "overwrite_partitions" and not table.partition:
        text = (
            'is missing: write = "overwrite_partitions" replaces the parts that a run brings. '
            'Name what splits the table, or set write = "replace".'
        )
        yield Finding(path=("partition",), text=text)
    yield from partition_findings(table.partition, _stored(table))


def _of_retention(table: Table) -> Iterator[Finding]:
    retention, by = table.retention, table.maintenance.by
    if retention is None:
        return
    path = ("retention", "column")
    if unknown := unknown_column(path, retention.column, table.columns):
        yield unknown
    elif (column := table.columns[retention.column]).word not in TIMES:
        text = f"is {column.type}, so a row has no age by it. It goes with {listed(TIMES)}."
        yield Finding(path=path, text=text)
    if by != "sparkrail":
        why = "Glue's optimizers delete no rows" if by == "glue" else "nobody keeps the table"
        text = f'would never happen: maintenance.by = "{by}", and {why}. Set by = "sparkrail".'
        yield Finding(path=("retention",), text=text)
