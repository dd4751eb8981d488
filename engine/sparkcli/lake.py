"""The lake's tables, read with PyIceberg and questioned with DuckDB."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import duckdb
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

from sparkcli.cloud import LAPTOP_KEY, Cloud
from sparkcli.errors import CallError, OperationError, unknown
from sparkcli.lake_values import Answer
from sparkcli.sql_tables import tables_of, wrong_sql

# A query reads whole tables into memory; beyond this it would be the wrong tool.
LARGEST_TABLE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Lake:
    """The tables of one environment.

    Args:
        cloud: Where they are.
        contracts: Names of the tables that the project has contracts for, such as
            `health.state_month`.
    """

    cloud: Cloud
    contracts: frozenset[str]

    @cached_property
    def catalog(self) -> Catalog:
        """The Glue catalog."""
        logging.getLogger("pyiceberg").setLevel(logging.ERROR)
        properties = {"type": "glue", "glue.region": self.cloud.environment.region}
        properties["s3.region"] = self.cloud.environment.region
        if self.cloud.endpoint:
            for service in ("glue", "s3"):
                properties[f"{service}.endpoint"] = self.cloud.endpoint
                properties[f"{service}.access-key-id"] = LAPTOP_KEY
                properties[f"{service}.secret-access-key"] = LAPTOP_KEY
            properties["s3.force-virtual-addressing"] = "False"
        return load_catalog("lake", **properties)

    def query(self, sql: str) -> Answer:
        """The answer to one SELECT over tables called `database.table`.

        Raises:
            CallError: The SQL is wrong, or names a table or column that is not there.
            OperationError: A table has a contract but no run has written it yet.
        """
        connection = duckdb.connect(config={"python_enable_replacements": "false"})
        for database, table in tables_of(connection, sql):
            self._attach(connection, database, table)
        try:
            result = connection.execute(sql)
            columns = _distinct(column[0] for column in result.description or [])
            return Answer(columns, result.fetchall())
        except duckdb.Error as error:
            raise wrong_sql(error) from None

    def _attach(self, connection: duckdb.DuckDBPyConnection, database: str, table: str) -> None:
        if not database:
            raise unknown("table", table, self.contracts, where="; write it as database.table")
        view = f"_{database}__{table}"
        connection.register(view, self._read(database, table))
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{database}"')
        connection.execute(f'CREATE VIEW "{database}"."{table}" AS SELECT * FROM "{view}"')

    def _read(self, database: str, table: str) -> object:
        try:
            loaded = self.catalog.load_table((self.cloud.names.glue_database(database), table))
        except (NoSuchTableError, NoSuchNamespaceError):
            raise self._missing(f"{database}.{table}") from None
        snapshot = loaded.current_snapshot()
        size = int((snapshot and snapshot.summary and snapshot.summary["total-files-size"]) or 0)
        if size > LARGEST_TABLE_BYTES:
            raise OperationError(
                f"{database}.{table} has {size / 1024**3:.1f} GiB of files; `query` reads whole "
                f"tables, up to {LARGEST_TABLE_BYTES // 1024**3} GiB. Ask Athena or Spark."
            )
        return loaded.scan().to_arrow()

    def _missing(self, name: str) -> CallError | OperationError:
        if name in self.contracts:
            return OperationError(
                f"{name} has a contract, but no run has written it yet.",
                next_command="./sparkrail runs",
            )
        return unknown("table", name, self.contracts | self._written())

    def _written(self) -> frozenset[str]:
        prefix = self.cloud.environment.database_prefix
        databases = {name.partition(".")[0] for name in self.contracts}
        found = set()
        for database in databases:
            try:
                for identifier in self.catalog.list_tables(f"{prefix}{database}"):
                    found.add(f"{database}.{identifier[-1]}")
            except NoSuchNamespaceError:
                continue
        return frozenset(found)


def _distinct(names: Iterable[str]) -> list[str]:
    """Column names, each once: a second `n` becomes `n_2`."""
    found: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in found:
            number += 1
            candidate = f"{name}_{number}"
        found.append(candidate)
    return found
