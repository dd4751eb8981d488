"""Reads the contracts: `tables/<database>/<table>.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sparkmodel.documents import Layer, Layers, read_document
from sparkmodel.explain import build
from sparkmodel.problems import Problem
from sparkmodel.table import Table

TABLES = "tables"
_LEVELS = 2


@dataclass(frozen=True)
class ReadTables:
    """All contracts.

    Args:
        models: Those that can be read, by name; what is wrong in them is left out.
        names: The names of all.
    """

    models: Mapping[str, Table]
    names: tuple[str, ...]


def read_tables(root: Path, problems: list[Problem]) -> ReadTables:
    """Read all contracts.

    Args:
        root: The project's folder.
        problems: What is wrong is added here.
    """
    models: dict[str, Table] = {}
    names: list[str] = []
    for path in sorted((root / TABLES).glob("**/*.toml")):
        parts = path.relative_to(root / TABLES).with_suffix("").parts
        if len(parts) != _LEVELS:
            text = f"is in the wrong place. Contracts are {TABLES}/<database>/<table>.toml."
            problems.append(Problem(file=path.relative_to(root).as_posix(), text=text))
            continue
        name = ".".join(parts)
        names.append(name)
        if table := _read(root, path, name, problems):
            models[name] = table
    return ReadTables(models, tuple(names))


def _read(root: Path, path: Path, name: str, problems: list[Problem]) -> Table | None:
    document = read_document(root, path)
    if isinstance(document, Problem):
        problems.append(document)
        return None
    built = build(Table, Layers((Layer(document),), document.data), given={"name": name})
    problems.extend(built.problems)
    return built.model
