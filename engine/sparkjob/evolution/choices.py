"""What a person can write to settle a difference, as it is to be pasted into the contract."""

from __future__ import annotations

import json
import re
from typing import Optional

from sparkjob.contracts import Contract
from sparkjob.evolution.live_table import LiveColumn
from sparkjob.evolution.types import read_type


def file_of(contract: Contract) -> str:
    """Where a contract is written, such as tables/sales/daily.toml."""
    return f"tables/{contract.name.replace('.', '/')}.toml"


def migration(kind: str, column: str, contract: Contract) -> str:
    """A `[[migrations]]` block that says a loss is wanted.

    Args:
        kind: `drop` or `narrow`.
        column: The column that it is about.
        contract: Where it goes.
    """
    wish = {"drop": "let it go with its values", "narrow": "have it, if no value is lost"}[kind]
    return (
        f"to {wish}, add to {file_of(contract)}\n"
        f'[[migrations]]\n{kind} = {json.dumps(column)}\nreason = "say why"'
    )


def declaration(column: LiveColumn, contract: Contract) -> Optional[str]:
    """The column as a contract declares it; None if contracts have no word for its type."""
    if read_type(column.type) is None:
        return None
    said = [f'type = "{words(column.type)}"']
    if column.required:
        said.append("required = true")
    if column.doc:
        said.append(f"doc = {json.dumps(column.doc, ensure_ascii=False)}")
    name = column.name if re.fullmatch(r"[A-Za-z0-9_-]+", column.name) else json.dumps(column.name)
    return (
        f"to keep it, write under [columns] of {file_of(contract)}\n"
        f"{name} = {{ {', '.join(said)} }}"
    )


def words(spark_type: str) -> str:
    """A type in the contract's words: Spark's bigint is `long` there."""
    return re.sub(r"\bbigint\b", "long", spark_type)
