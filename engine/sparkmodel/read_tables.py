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
        sources: Where these were read.
        names: The names of all.
    """

    models: Mapping[str, Table]
    sources: Mapping[str, Layers]
    names: tuple[str, ...]


def read_tables(root: Path, problems: list[Problem]) -> ReadTables:
    """Read all contracts.

    Args:
        root: The project's folder.
        problems: What is wrong is added here.
    """
    models: dict[str, Table] = {}
    sources: dict[str, Layers] = {}
    names: list[str] = []
    for path in sorted((root / TABLES).glob("**/*.toml")):
        parts = path.relative_to(root / TABLES).with_suffix("").parts
        if len(parts) != _LEVELS:
            text = f"is in the wrong place. Contracts are {TABLES}/<database>/<table>.toml."
            problems.append(Problem(file=path.relative_to(root).as_posix(), text=text))
            continue
        name = ".".join(parts)
        names.append(name)
        document = read_document(root, path)
        if isinstance(document, Problem):
            problems.append(document)
            continue
        source = Layers((Layer(document),), document.data)
        built = build(Table, source, given={"name": name})
        problems.extend(built.problems)
        if built.model is not None:
            models[name], sources[name] = built.model, source
    return ReadTables(models, sources, tuple(names))
