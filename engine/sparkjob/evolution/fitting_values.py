"""Whether all rows keep a promise that they were not asked to keep when they were written."""

from __future__ import annotations

import json
from typing import Any, Iterable, List, Mapping, Optional

from pyspark.sql import DataFrame

from sparkjob.audit.samples import first_rows
from sparkjob.contracts import Contract
from sparkjob.evolution.changes import Change, Narrow, Refusal, Require
from sparkjob.evolution.choices import file_of, words
from sparkjob.evolution.ddl import quoted_type


def unfit(
    rows: DataFrame,
    changes: Iterable[Change],
    contract: Contract,
    old_names: Mapping[str, str],
) -> List[Refusal]:
    """Refuse what would lose a value, or leave a row unreadable.

    Args:
        rows: The whole table.
        changes: Those that need a look at rows are looked at: Require and Narrow.
        contract: Its key names rows in samples, its sensitive values are hidden.
        old_names: The present name of a column that is about to be renamed, by the new one.
    """
    found = []
    for change in changes:
        column = old_names.get(change.column, change.column)
        if isinstance(change, Require) or (isinstance(change, Narrow) and change.required):
            told = "rows have no value in it, so it cannot become required"
            nulls = rows.where(f"`{column}` IS NULL")
            found.append(_refusal(nulls, change.column, told, contract))
        if isinstance(change, Narrow):
            told = f"of its values are lost as {words(change.type)}"
            lost = rows.where(is_lost(column, change.before, change.type))
            found.append(_refusal(lost, change.column, told, contract, shown=column))
    return [each for each in found if each is not None]


def unreadable(
    table: Any,  # noqa: ANN401  an object of the JVM
    changes: Iterable[Change],
    contract: Contract,
) -> List[Refusal]:
    """Refuse to require what a data file may lack, though none of its rows counts any more.

    Iceberg reads a file all of whose rows are deleted by delete files, and fails if a required
    column is not in it. A column that the table was created with is in each file.

    Args:
        table: Iceberg's Table.
        changes: Those that make a column required are looked at.
        contract: Of the table.
    """
    doubtful = [
        each
        for each in changes
        if (isinstance(each, Narrow) and each.required)
        or (isinstance(each, Require) and not _is_in_each_file(table, each.column))
    ]
    if not doubtful or not _has_deletes(table):
        return []
    return [
        Refusal(
            each.column,
            "cannot become required while the table has delete files",
            "A data file whose rows are all deleted is still read, and may lack the column.",
            (
                "have them worked in: CALL system.rewrite_data_files with options => "
                "map('delete-file-threshold', '1', 'remove-dangling-deletes', 'true'), "
                "then run again",
                f"leave `required = true` out in {file_of(contract)}",
            ),
        )
        for each in doubtful
    ]


def _has_deletes(table: Any) -> bool:  # noqa: ANN401  an object of the JVM
    """Whether delete files belong to a data file; those that belong to none do no harm."""
    current = table.currentSnapshot()
    if current is None or current.summary().get("total-delete-files") == "0":
        return False
    tasks = table.newScan().planFiles()
    try:
        each = tasks.iterator()
        while each.hasNext():
            if not each.next().deletes().isEmpty():
                return True
        return False
    finally:
        tasks.close()


def _is_in_each_file(table: Any, column: str) -> bool:  # noqa: ANN401  an object of the JVM
    first, field = table.schemas().get(0), table.schema().findField(column)
    return None not in (first, field) and first.findField(field.fieldId()) is not None


def cast(column: str, spark_type: str) -> str:
    """SQL that makes a value narrower, or null."""
    return f"try_cast(`{column}` AS {quoted_type(spark_type)})"


def is_lost(column: str, before: str, after: str) -> str:
    """SQL that says whether a value does not come back when it is made narrower and wider again."""
    back = f"try_cast({cast(column, after)} AS {quoted_type(before)})"
    return f"`{column}` IS NOT NULL AND NOT ({back} <=> `{column}`)"


def _refusal(
    broken: DataFrame, column: str, told: str, contract: Contract, shown: Optional[str] = None
) -> Optional[Refusal]:
    count = broken.count()
    if not count:
        return None
    names = [name for name in contract.key if name in broken.columns and name != shown]
    names += [shown] if shown else []
    such = f" Such as: {_sample(broken, names, column, shown, contract)}" if names else ""
    return Refusal(
        column,
        f"{count:,} {told}",
        f"The [[migrations]] block wants it, but nothing may be lost.{such}",
        ("correct these rows, then run again", f"take the block out of {file_of(contract)}"),
    )


def _sample(
    broken: DataFrame, names: List[str], column: str, shown: Optional[str], contract: Contract
) -> str:
    new_names = [column if name == shown else name for name in names]
    hidden = {at for at, name in enumerate(new_names) if name in contract.sensitive}
    rows = first_rows(broken.select(*(f"`{name}`" for name in names)), new_names, hidden)
    return "; ".join(
        ", ".join(f"{name} {_text(value)}" for name, value in row.items()) for row in rows
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
