"""What is asked of the team's maintenance job when rows are to be erased."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from sparkcli.errors import CallError, unknown
from sparkcli.tables.contracts import file_of
from sparkcli.tables.owners import owner_of
from sparkcli.workspace import Workspace
from sparkjob.contracts import HIDDEN, Contract

if TYPE_CHECKING:
    from sparkmodel import Job


@dataclass(frozen=True)
class Erasure:
    """Rows that are to go, from every snapshot.

    Args:
        table: Name of the table.
        job: The maintenance job that does it, and its state machine.
        team: Whose job it is.
        where: The rows, in SQL: `column = value`, several joined by AND.
    """

    table: str
    job: str
    team: str
    where: str

    @property
    def parameters(self) -> Mapping[str, str]:
        """What its run gets."""
        return {"task": "erase", "table": self.table, "where": self.where}


def keeper_of(workspace: Workspace, table: str) -> "Job":
    """The maintenance job that keeps a table.

    Raises:
        CallError: None does.
    """
    for job in workspace.jobs.values():
        if table in job.maintains:
            return job
    file, environment = file_of(table), workspace.environment
    if not owner_of(workspace, table):
        why = f'no team answers for it. Give {file} an owner = "TEAM"'
    elif environment.maintenance is None:
        why = f'config/{environment.name}.toml says maintenance = "off"'
    else:
        by = workspace.project.tables[table].maintenance.by
        why = f'{file} says maintenance by = "{by}"; make it "sparkrail", and deploy'
    raise CallError(
        f"No maintenance job keeps {table}, so none can erase its rows: {why}.",
        next_command="./sparkrail check",
    )


def keys_of(contract: Contract, keys: Iterable[str]) -> dict[str, str]:
    """The values by column that `--key COL=VALUE` names, all of which must fit.

    Raises:
        CallError: A column that is not there, or a value that is not of its type.
    """
    return dict(_pair(contract, text) for text in keys)


def where_of(contract: Contract, keys: Mapping[str, str]) -> str:
    """The rows in SQL, as the job takes them."""
    kinds = {column.name: column.type for column in contract.stored}
    return " AND ".join(f"`{name}` = {_literal(kinds[name], keys[name])}" for name in keys)


def shown(contract: Contract, keys: Mapping[str, str]) -> str:
    """The rows for people, without what nobody may read over a shoulder."""
    return " and ".join(
        f"{name} = {HIDDEN if name in contract.sensitive else value}"
        for name, value in keys.items()
    )


def _literal(kind: str, value: str) -> str:
    """A value in SQL, of its column's type, so that comparing it loses no digit."""
    quoted = "'{}'".format(value.replace("\\", "\\\\").replace("'", "\\'"))
    if kind in _SUFFIXES:
        return f"{value}{_SUFFIXES[kind]}"
    if kind.startswith("decimal"):
        return f"{value}BD"
    return quoted if kind == "string" else f"{kind.upper()}{quoted}"


def _pair(contract: Contract, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name and value):
        raise CallError(f'--key "{text}" is not COL=VALUE. Example: --key customer_id=4711')
    columns = {column.name: column for column in contract.stored}
    if name not in columns:
        command = f"tables show {contract.name}"
        raise unknown("column", name, columns, where=f"in {contract.name}", shown_by=command)
    kind = columns[name].type
    if kind.startswith(_NESTED):
        raise CallError(f"--key {name}: it is {kind}; only columns with one value name rows.")
    try:
        _READERS.get(kind.partition("(")[0], str)(value)
    except (ValueError, InvalidOperation):
        said = "that value" if columns[name].sensitivity else f'"{value}"'
        raise CallError(f"--key {name}: {said} is not of type {kind}.") from None
    return name, value


def _boolean(value: str) -> None:
    if value not in ("true", "false"):
        raise ValueError(value)


_SUFFIXES = {"int": "", "bigint": "L", "float": "F", "double": "D", "boolean": ""}
_NESTED = ("array", "map", "struct", "binary")
_READERS: Mapping[str, Callable[[str], object]] = {
    "int": int,
    "bigint": int,
    "float": float,
    "double": float,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamp_ntz": datetime.fromisoformat,
    "boolean": _boolean,
}
