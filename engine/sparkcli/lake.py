"""The lake's tables, read with PyIceberg and questioned with DuckDB."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import duckdb
import pyarrow
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table

from sparkcli.cloud import Cloud
from sparkcli.errors import OperationError, unknown
from sparkcli.lake_values import Answer
from sparkcli.sql_tables import tables_of, wrong_sql
from sparkcli.tables.catalog import Tables
from sparkcli.tables.reading import Now, Reading

# A query reads whole tables into memory; beyond this it would be the wrong tool.
LARGEST_TABLE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Lake:
    """The tables of one environment.

    Args:
        cloud: Where they are.
        contracts: Names of the tables that the project has contracts for, such as
            `health.state_month`.
        reading: Which state of them is read. Default: what they are now.
    """

    cloud: Cloud
    contracts: frozenset[str]
    reading: Reading = field(default_factory=Now)

    @cached_property
    def tables(self) -> Tables:
        """The tables as the catalog knows them."""
        return Tables(self.cloud, self.contracts)

    @property
    def catalog(self) -> Catalog:
        """The Glue catalog."""
        return self.tables.catalog

    def query(self, sql: str) -> Answer:
        """The answer to one SELECT over tables called `database.table`.

        Raises:
            CallError: The SQL is wrong, or names a table, column or state that is not there.
            OperationError: A table has a contract but no run has written it yet.
        """
        connection = duckdb.connect(config={"python_enable_replacements": "false"})
        named = tables_of(connection, sql)
        for database, table in named:
            self._attach(connection, database, table)
        self.reading.check()
        try:
            answer = connection.sql(sql)
            # fetchall() needs pytz for a moment with a time zone; Arrow has its own.
            found = (_in_utc(column) for column in answer.to_arrow_table().columns)
            values = [column.to_pylist(maps_as_pydicts="strict") for column in found]
            columns = _distinct(answer.columns)
            return Answer(columns, list(zip(*values, strict=True)))
        except duckdb.Error as error:
            raise wrong_sql(error) from None

    def _attach(self, connection: duckdb.DuckDBPyConnection, database: str, table: str) -> None:
        if not database:
            where = "; write it as database.table"
            raise unknown("table", table, self.contracts, where=where)
        view = f"_{database}__{table}"
        connection.register(view, self._read(database, table))
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{database}"')
        connection.execute(f'CREATE VIEW "{database}"."{table}" AS SELECT * FROM "{view}"')

    def _read(self, database: str, table: str) -> object:
        loaded = self.tables.load(f"{database}.{table}")
        snapshot = self.reading.snapshot(f"{database}.{table}", loaded)
        _check_size(f"{database}.{table}", loaded, snapshot)
        return loaded.scan(snapshot_id=snapshot).to_arrow()


def _in_utc(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Moments as UTC, not in the time zone of whoever asks."""
    of_moments = pyarrow.types.is_timestamp(column.type) and column.type.tz
    return column.cast(pyarrow.timestamp(column.type.unit, "UTC")) if of_moments else column


def _check_size(name: str, table: Table, snapshot_id: int | None) -> None:
    known = table.snapshot_by_id(snapshot_id) if snapshot_id else table.current_snapshot()
    size = int((known and known.summary and known.summary["total-files-size"]) or 0)
    if size > LARGEST_TABLE_BYTES:
        raise OperationError(
            f"{name} has {size / 1024**3:.1f} GiB of files; `query` reads whole "
            f"tables, up to {LARGEST_TABLE_BYTES // 1024**3} GiB. Ask Athena or Spark."
        )


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
