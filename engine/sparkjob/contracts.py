"""What a job promises about its outputs, as the code zip carries it: sparkjob/contracts.json."""

from __future__ import annotations

import hashlib
import json
import os
import pkgutil
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Optional, Tuple, Union

from sparkjob.column_types import parse_type

CONTRACTS_VARIABLE = "SPARKJOB_CONTRACTS"
RUN_KEY = "run_key"
QUARANTINE_SUFFIX = "_quarantine"
"""So ends the name of the table beside an output in which its refused rows are."""

LATE_SUFFIX = "_late"
"""So ends the name of the table beside a stream's output in which rows are that came too late."""

HIDDEN = "(hidden)"
"""Stands for a value that nobody may be shown."""

_TRANSFORM = re.compile(r"(\w+)\((?:(\d[\d_]*), ?)?(\w+)\)")
_DIGEST = 12

Value = Union[str, int, float, bool]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        name: As the code calls it.
        type: As Spark's `simpleString` says it, such as `bigint` or `struct<a:int>`.
        required: Whether every row must have a value.
        doc: What it means.
        was: Its name before it was renamed. None: it always had this one.
        sensitivity: Why its values may not be shown, such as `personal`. None: they may.
    """

    name: str
    type: str
    required: bool = False
    doc: str = ""
    was: Optional[str] = None
    sensitivity: Optional[str] = None


@dataclass(frozen=True)
class Transform:
    """A column, or what is made of it, by which files are split or sorted.

    Args:
        column: Name of the column.
        name: identity, year, month, day, hour, bucket or truncate.
        width: Of bucket and truncate. None: the others have none.
        descending: Of a sort order.
    """

    column: str
    name: str = "identity"
    width: Optional[int] = None
    descending: bool = False

    @property
    def sql(self) -> str:
        """The transform as Spark's DDL writes it, without direction."""
        if self.name == "identity":
            return f"`{self.column}`"
        width = f"{self.width}, " if self.width is not None else ""
        return f"{self.name}({width}`{self.column}`)"

    def __str__(self) -> str:
        return self.sql.replace("`", "") + (" desc" if self.descending else "")


@dataclass(frozen=True)
class Check:
    """What must hold; exactly one of the kinds is given.

    Args:
        name: What people call it.
        action: `fail` fails the run before it publishes; `warn` reports and publishes.
        share: Share of the rows, 0 to 1, that may break a check of rows.
        column: The column of a check of values.
        min: Least value of the column.
        max: Greatest value of the column.
        accepted: All values that the column may have.
        not_null: Each row has a value in the column.
        unique: Columns that no two rows share.
        rows: Least and greatest number of rows that a run may bring; either may be None.
        fresh_hours: Greatest age of the column's newest value, counted back from the end of the
            run's interval, or from now for a job that has none.
        sql: A SELECT over `staged` (what the run brings) and `published` (the whole table as it
            would be); each row of its answer breaks the check.
    """

    name: str
    action: str = "fail"
    share: float = 0.0
    column: Optional[str] = None
    min: Optional[float] = None
    max: Optional[float] = None
    accepted: Optional[Tuple[Value, ...]] = None
    not_null: bool = False
    unique: Tuple[str, ...] = ()
    rows: Optional[Tuple[Optional[int], Optional[int]]] = None
    fresh_hours: Optional[float] = None
    sql: Optional[str] = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Migration:
    """A change that loses something, which is made only because somebody says so here.

    Args:
        drop: A column that goes away.
        narrow: A column that gets a narrower type, or becomes required.
        reason: Why.
    """

    drop: Optional[str] = None
    narrow: Optional[str] = None
    reason: str = ""


@dataclass(frozen=True)
class Maintenance:
    """How a table is kept small, fast and short of history.

    Args:
        by: Who does it: `sparkrail` (the team's maintenance job), `glue` (Glue's optimizers) or
            `nobody`. One owner per table.
        keep_days: How long a snapshot stays after another one took its place.
        keep_snapshots: How many stay in any case.
        target_file_mb: Size of a data file, in MiB.
        small_files: So many files of a partition that are much smaller than the target are put
            together.
        delete_files: So many delete files on a data file make it be rewritten.
        orphan_days: Age at which a file that no snapshot knows is removed.
    """

    by: str = "sparkrail"
    keep_days: int = 7
    keep_snapshots: int = 20
    target_file_mb: int = 512
    small_files: int = 5
    delete_files: int = 3
    orphan_days: int = 7


@dataclass(frozen=True)
class Retention:
    """How long rows stay: those whose column is older than so many days are deleted."""

    column: str
    days: int


@dataclass(frozen=True)
class Contract:
    """The contract of a table.

    Args:
        name: `database.table`, without catalog or environment.
        description: What a row is.
        write: `replace`, `overwrite_partitions`, `merge` or `append`.
        key: Columns that together name a row; empty if rows have no key.
        partition: What splits the table's files.
        columns: In the table's order.
        checks: What must hold.
        sort: What the rows of a file are sorted by.
        format_version: Of Iceberg, 2 or 3.
        latest_by: In a merge, a column: the row with the greater value stays. None: the later run.
        migrations: Changes that lose something and are wanted.
        maintenance: How the table is kept.
        retention: How long rows stay. None: for ever.
        owner: The team that answers for it. Empty: nobody is named.
    """

    name: str
    description: str
    write: str
    key: Tuple[str, ...]
    partition: Tuple[Transform, ...]
    columns: Tuple[Column, ...]
    checks: Tuple[Check, ...]
    sort: Tuple[Transform, ...] = ()
    format_version: int = 2
    latest_by: Optional[str] = None
    migrations: Tuple[Migration, ...] = ()
    maintenance: Maintenance = field(default_factory=Maintenance)
    retention: Optional[Retention] = None
    owner: str = ""

    @property
    def stored(self) -> Tuple[Column, ...]:
        """The columns as they are stored: an append table also keeps the run key of each row."""
        if self.write != "append" or any(column.name == RUN_KEY for column in self.columns):
            return self.columns
        run_key = Column(RUN_KEY, "string", required=True, doc="The run that wrote the row")
        return (*self.columns, run_key)

    @property
    def stored_partition(self) -> Tuple[Transform, ...]:
        """What splits the files: an append table has one part per run as well."""
        own = any(each == Transform(RUN_KEY) for each in self.partition)
        run_key = () if self.write != "append" or own else (Transform(RUN_KEY),)
        return (*run_key, *self.partition)

    @property
    def sensitive(self) -> Tuple[str, ...]:
        """Columns whose values no message, mail or report may show."""
        return tuple(column.name for column in self.columns if column.sensitivity)

    @property
    def digest(self) -> str:
        """Names the table's shape: columns, partition, sort order, format version.

        Migrations count as well: who goes back to an older shape on purpose, by dropping a column
        for instance, is not an older release.
        """
        shape = [
            [(column.name, column.type, column.required) for column in self.stored],
            [str(each) for each in self.stored_partition],
            [str(each) for each in self.sort],
            self.format_version,
            [(each.drop, each.narrow) for each in self.migrations],
        ]
        return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:_DIGEST]


@dataclass(frozen=True)
class TopicContract:
    """What the value of each record of a topic holds, as JSON, and how the topic is made.

    Args:
        name: What Kafka calls the topic.
        columns: The fields.
        partitions: How many it has.
        settings: What Kafka is told of it beside that, by Kafka's own names.
    """

    name: str
    columns: Tuple[Column, ...]
    partitions: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contracts:
    """What travels with a job.

    Args:
        outputs: Contracts by the name that the code uses for the output. Empty by bare
            spark-submit, which knows none.
        secrets: Secret names by the name that the code uses.
        topics: Contracts of topics by their own names.
    """

    outputs: Mapping[str, Contract]
    secrets: Mapping[str, str]
    topics: Mapping[str, TopicContract] = field(default_factory=dict)


def load_contracts() -> Contracts:
    """Read the contracts of the running job.

    They are in the file that the environment variable SPARKJOB_CONTRACTS names, else in this
    package, where packaging puts them, else there are none.
    """
    path = os.environ.get(CONTRACTS_VARIABLE)
    if path:
        return parse_contracts(json.loads(Path(path).read_text(encoding="utf-8")))
    try:
        data = pkgutil.get_data("sparkjob", "contracts.json")
    except OSError:
        data = None
    return parse_contracts(json.loads(data) if data else {})


def parse_contracts(document: Mapping[str, Any]) -> Contracts:
    """Build contracts from {"outputs": {name: contract}, "secrets": {...}, "topics": {...}}."""
    outputs, topics = document.get("outputs", {}), document.get("topics", {})
    return Contracts(
        outputs={name: parse_contract(outputs[name]) for name in sorted(outputs)},
        secrets=dict(document.get("secrets", {})),
        topics={name: parse_topic(name, topics[name]) for name in sorted(topics)},
    )


def parse_topic(name: str, topic: Mapping[str, Any]) -> TopicContract:
    """Build a contract from what topics/<topic>.toml says, and the topic's name."""
    columns = topic.get("columns", {})
    return TopicContract(
        name,
        tuple(_column(each, columns[each]) for each in columns),
        partitions=topic.get("partitions", 1),
        settings=dict(topic.get("settings", {})),
    )


def parse_contract(table: Mapping[str, Any]) -> Contract:
    """Build a contract from what tables/<database>/<table>.toml says, and its name."""
    return Contract(
        name=table["name"],
        description=table.get("description", ""),
        write=table["write"],
        key=tuple(table.get("key", ())),
        partition=tuple(parse_transform(text) for text in table.get("partition", ())),
        columns=tuple(_column(name, found) for name, found in table["columns"].items()),
        checks=tuple(_check(found) for found in table.get("checks", ())),
        sort=tuple(parse_transform(text) for text in table.get("sort", ())),
        format_version=table.get("format_version", 2),
        latest_by=table.get("latest_by"),
        migrations=tuple(Migration(**found) for found in table.get("migrations", ())),
        maintenance=Maintenance(**table.get("maintenance", {})),
        retention=Retention(**table["retention"]) if table.get("retention") else None,
        owner=table.get("owner") or "",
    )


def parse_transform(text: str) -> Transform:
    """Read what a contract says of partition or sort order.

    >>> parse_transform("bucket(16, id)")
    Transform(column='id', name='bucket', width=16, descending=False)
    >>> str(parse_transform("day(seen_at) desc"))
    'day(seen_at) desc'

    Raises:
        ValueError: It does not read like a column or a transform of one.
    """
    bare, _, direction = text.strip().partition(" desc")
    if direction.strip():
        raise ValueError(f'"{text}" is not a column or a transform of one')
    descending = text.strip().endswith(" desc")
    if bare.isidentifier():
        return Transform(bare, descending=descending)
    match = _TRANSFORM.fullmatch(bare)
    if match is None:
        raise ValueError(f'"{text}" is not a column or a transform of one')
    width = int(match.group(2)) if match.group(2) else None
    return Transform(match.group(3), match.group(1), width, descending)


def _column(name: str, found: Mapping[str, Any]) -> Column:
    return Column(
        name=name,
        type=str(parse_type(found["type"])),
        required=found.get("required", False),
        doc=found.get("doc", ""),
        was=found.get("was"),
        sensitivity=found.get("sensitivity"),
    )


def _check(found: Mapping[str, Any]) -> Check:
    rows: Mapping[str, int] = found.get("rows") or {}
    return Check(
        name=found.get("name") or check_name(found),
        action=found.get("action", "fail"),
        share=found.get("share", 0.0),
        column=found.get("column"),
        min=found.get("min"),
        max=found.get("max"),
        accepted=tuple(found["accepted"]) if found.get("accepted") else None,
        not_null=found.get("not_null", False),
        unique=tuple(found.get("unique", ())),
        rows=(rows.get("min"), rows.get("max")) if rows else None,
        fresh_hours=found.get("fresh_hours"),
        sql=found.get("sql"),
    )


def check_name(found: Mapping[str, Any]) -> str:
    """Say what a check is that has no name of its own.

    >>> check_name({"column": "ratio", "max": 1.0})
    'ratio <= 1'
    >>> check_name({"rows": {"min": 1}})
    '1 <= rows'
    """
    if found.get("sql"):
        return str(found["sql"])
    if found.get("unique"):
        return f"unique {', '.join(found['unique'])}"
    column = found.get("column")
    if found.get("not_null"):
        return f"{column} is not null"
    if found.get("accepted"):
        return f"{column} in {', '.join(str(each) for each in found['accepted'])}"
    if found.get("fresh_hours"):
        return f"{column} within {found['fresh_hours']:g} h"
    bounds, name = (found["rows"], "rows") if found.get("rows") else (found, column)
    low = f"{bounds['min']:g} <= " if bounds.get("min") is not None else ""
    high = f" <= {bounds['max']:g}" if bounds.get("max") is not None else ""
    return f"{low}{name}{high}"
