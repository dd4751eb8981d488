"""Which tables a SELECT names, read from DuckDB's own parse of it."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from sparkcli.errors import CallError

HELP = "./sparkrail query --help"


def tables_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, str]]:
    """Database and table of every table that `sql` names; the database is empty if it names none.

    DuckDB's own get_table_names binds joins before the tables are there, and fails.

    Raises:
        CallError: It is not one SELECT, or not SQL.
    """
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise wrong_sql(error) from None
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise CallError("`query` only reads. Give one SELECT.", next_command=HELP)
    rows = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    nodes = list(_nodes(json.loads(rows[0][0])))
    ours = {entry["key"] for node in nodes for entry in _with_clauses(node)}
    named = {
        (node["schema_name"], node["table_name"])
        for node in nodes
        if node.get("type") == "BASE_TABLE"
    }
    return sorted((schema, table) for schema, table in named if schema or table not in ours)


def wrong_sql(error: Exception) -> CallError:
    """DuckDB's message, which names near columns and shows the place."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return CallError("\n".join(lines), next_command=HELP)


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _with_clauses(node: dict[str, Any]) -> list[dict[str, Any]]:
    clauses: list[dict[str, Any]] = (node.get("cte_map") or {}).get("map") or []
    return clauses
