"""The statement that creates a table from its contract."""

from __future__ import annotations

from sparkjob.contracts import Column, Contract
from sparkjob.evolution.live_table import DIGESTS
from sparkjob.evolution.properties import properties_of


def create_table(table: str, contract: Contract) -> str:
    """Spark's CREATE TABLE IF NOT EXISTS, complete but for the sort order.

    Spark's DDL gives a table its sort order by a second statement; the first evolution does.

    Args:
        table: catalog.database.table.
        contract: What it will be.
    """
    columns = ", ".join(_column(each) for each in contract.stored)
    split = ", ".join(each.sql for each in contract.stored_partition)
    properties = {
        name: value for name, value in properties_of(contract).items() if name != "comment"
    }
    properties["format-version"] = str(contract.format_version)
    properties[DIGESTS] = contract.digest
    listed = ", ".join(
        f"{literal(name)} = {literal(value)}" for name, value in sorted(properties.items())
    )
    return (
        f"CREATE TABLE IF NOT EXISTS {quoted(table)} ({columns}) USING iceberg"
        + (f" PARTITIONED BY ({split})" if split else "")
        + f" COMMENT {literal(contract.description)} TBLPROPERTIES ({listed})"
    )


def quoted(table: str) -> str:
    """The parts of a table's name in backticks."""
    return ".".join(f"`{part}`" for part in table.split("."))


def literal(text: str) -> str:
    """A text as Spark's SQL writes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _column(column: Column) -> str:
    required = " NOT NULL" if column.required else ""
    # In a type, a field's name may be one of SQL's own words.
    return f"`{column.name}` {quoted_type(column.type)}{required} COMMENT {literal(column.doc)}"


def quoted_type(spark_type: str) -> str:
    """A type whose fields are in backticks, for a field may be called `order`."""
    parts, word = [], ""
    for letter in spark_type:
        if letter == ":":
            word = f"`{word}`"
        if letter in "<>,:()":
            parts += [word, letter]
            word = ""
        else:
            word += letter
    return "".join([*parts, word])
