"""The contract of a table: what `tables/<database>/<table>.toml` says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sparkmodel.base import Model, Text
from sparkmodel.column import Column
from sparkmodel.maintenance import Maintenance, Retention
from sparkmodel.migration import Migration
from sparkmodel.names import DashedName, Identifier, TableName
from sparkmodel.problems import refuse_all
from sparkmodel.shared import QUARANTINE_SUFFIX
from sparkmodel.table_checks import Check
from sparkmodel.table_rules import table_findings
from sparkmodel.transforms import PartitionText, SortText

__all__ = ["QUARANTINE_SUFFIX", "Table"]

WriteMode = Literal["replace", "overwrite_partitions", "merge", "append"]


class Table(Model):
    """The contract of a table.

    Args:
        name: `database.table`. The reader takes it from the file's path.
        description: What a row is.
        owner: The team that answers for it and whose maintenance job keeps it. Default: the team of
            the jobs that write it; those of two teams must say which.
        write: `replace` (each run writes the whole table), `overwrite_partitions` (the parts that
            it brings), `merge` (the rows with the keys that it brings) or `append` (adds rows; a
            run first deletes those of its own run key).
        key: Columns that together name a row; all of them required. Default: rows have no key.
        partition: What splits the table's files: columns, or transforms such as `day(seen_at)`.
            Default: it is not split.
        sort: What the rows of a file are sorted by, such as `month desc`. Default: as they come.
        format_version: Of Iceberg, 2 or 3. There is no way back from 3.
        latest_by: With `merge`: of two rows with one key the one with the greater value stays.
            Default: the one that comes last.
        columns: By name, in the table's order.
        checks: What must hold before a run publishes. Default: nothing is checked.
        migrations: Changes that lose something and are wanted. Default: none, so they are refused.
        maintenance: How the table is kept. Default: by the owner's maintenance job.
        retention: How long rows stay. Default: for ever.

    Raises:
        ValidationError: Something in it cannot be; all that is wrong together.
    """

    format: Literal[1] = Field(default=1, description="Version of this format: 1.")
    name: TableName
    description: Text = Field(default="", description="What a row is.")
    owner: DashedName | None = Field(
        default=None, description="The team that answers for it. Absent: that of its jobs."
    )
    write: WriteMode = Field(description="replace, overwrite_partitions, merge or append.")
    key: tuple[Text, ...] = Field(default=(), description="Columns that together name a row.")
    partition: tuple[PartitionText, ...] = Field(
        default=(), description='What splits the table\'s files, such as "day(seen_at)".'
    )
    sort: tuple[SortText, ...] = Field(
        default=(), description='What the rows of a file are sorted by, such as "month desc".'
    )
    format_version: Literal[2, 3] = Field(
        default=2, description="Of Iceberg. There is no way back from 3."
    )
    latest_by: Text | None = Field(
        default=None,
        description="With merge: of two rows with one key that with the greater value stays.",
    )
    columns: dict[Identifier, Column] = Field(
        min_length=1, description="Columns by name, in the table's order."
    )
    checks: tuple[Check, ...] = Field(
        default=(), description="What must hold before a run publishes."
    )
    migrations: tuple[Migration, ...] = Field(
        default=(), description="Changes that lose something and are wanted."
    )
    maintenance: Maintenance = Field(
        default=Maintenance(), description="How the table is kept small and fast."
    )
    retention: Retention | None = Field(
        default=None, description="How long rows stay. Absent: for ever."
    )

    @model_validator(mode="after")
    def _keys_fit_each_other(self) -> Table:
        if findings := list(table_findings(self)):
            raise refuse_all("Table", findings)
        return self

    @property
    def database(self) -> str:
        """The part of the name before the dot."""
        return self.name.partition(".")[0]

    @property
    def table(self) -> str:
        """The part of the name after the dot."""
        return self.name.partition(".")[2]
