"""What a job promises about its outputs, as the code zip carries it: sparkjob/contracts.json."""

from __future__ import annotations

import json
import os
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple

CONTRACTS_VARIABLE = "SPARKJOB_CONTRACTS"
RUN_KEY = "run_key"
_SQL_TYPES = {"long": "bigint"}


@dataclass(frozen=True)
class Column:
    """A column of a table: its Spark SQL type, whether each row has a value, what it means."""

    name: str
    type: str
    required: bool = False
    doc: str = ""


@dataclass(frozen=True)
class Check:
    """Values of a column outside min and max are reported (`warn`) or fail the run (`fail`)."""

    column: str
    min: Optional[float]
    max: Optional[float]
    action: str

    def __str__(self) -> str:
        low = f"{self.min:g} <= " if self.min is not None else ""
        high = f" <= {self.max:g}" if self.max is not None else ""
        return f"{low}{self.column}{high}"


@dataclass(frozen=True)
class Contract:
    """The contract of a table.

    Args:
        name: `database.table`, without catalog or environment.
        description: What a row is.
        write: `replace` or `append`.
        key: Columns that together name a row; empty if rows have no key.
        partition: Columns that split the table's files.
        columns: In the table's order.
        checks: What is plausible.
    """

    name: str
    description: str
    write: str
    key: Tuple[str, ...]
    partition: Tuple[str, ...]
    columns: Tuple[Column, ...]
    checks: Tuple[Check, ...]

    @property
    def stored(self) -> Tuple[Column, ...]:
        """The columns as they are stored: an append table also keeps the run key of each row."""
        if self.write != "append" or any(column.name == RUN_KEY for column in self.columns):
            return self.columns
        run_key = Column(RUN_KEY, "string", required=True, doc="The run that wrote the row")
        return (*self.columns, run_key)

    @property
    def stored_partition(self) -> Tuple[str, ...]:
        """The columns that split the files: an append table has one part per run as well."""
        own = () if self.write != "append" or RUN_KEY in self.partition else (RUN_KEY,)
        return (*own, *self.partition)


@dataclass(frozen=True)
class Contracts:
    """What travels with a job.

    Args:
        outputs: Contracts by the name that the code uses for the output. Empty by bare
            spark-submit, which knows none.
        secrets: Secret names by the name that the code uses.
    """

    outputs: Mapping[str, Contract]
    secrets: Mapping[str, str]


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
    """Build contracts from the JSON document {"outputs": {name: contract}, "secrets": {...}}."""
    outputs = document.get("outputs", {})
    return Contracts(
        outputs={name: parse_contract(outputs[name]) for name in sorted(outputs)},
        secrets=dict(document.get("secrets", {})),
    )


def parse_contract(table: Mapping[str, Any]) -> Contract:
    """Build a contract from what tables/<database>/<table>.toml says, and its name."""
    return Contract(
        name=table["name"],
        description=table.get("description", ""),
        write=table["write"],
        key=tuple(table.get("key", ())),
        partition=tuple(table.get("partition", ())),
        columns=tuple(_column(name, found) for name, found in table["columns"].items()),
        checks=tuple(_check(found) for found in table.get("checks", ())),
    )


def _column(name: str, found: Mapping[str, Any]) -> Column:
    return Column(
        name=name,
        type=_SQL_TYPES.get(found["type"], found["type"]),
        required=found.get("required", False),
        doc=found.get("doc", ""),
    )


def _check(found: Dict[str, Any]) -> Check:
    return Check(
        column=found["column"],
        min=found.get("min"),
        max=found.get("max"),
        action=found.get("action", "warn"),
    )
