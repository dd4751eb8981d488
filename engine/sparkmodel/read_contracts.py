"""Reads the contracts: `tables/<database>/<table>.toml` and `topics/<topic>.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from sparkmodel.base import Model
from sparkmodel.documents import Layer, Layers, read_document
from sparkmodel.explain import build
from sparkmodel.problems import Problem
from sparkmodel.table import Table
from sparkmodel.topic import Topic

TABLES, TOPICS = "tables", "topics"
_DATABASE_AND_TABLE = 2
Contract = TypeVar("Contract", bound=Model)


@dataclass(frozen=True)
class ReadContracts(Generic[Contract]):
    """All contracts of a kind.

    Args:
        models: Those that can be read, by name; what is wrong in them is left out.
        sources: Where these were read.
        names: The names of all.
    """

    models: Mapping[str, Contract]
    sources: Mapping[str, Layers]
    names: tuple[str, ...]


def read_tables(root: Path, problems: list[Problem]) -> ReadContracts[Table]:
    """Read all contracts of tables.

    Args:
        root: The project's folder.
        problems: What is wrong is added here.
    """
    place = f"Contracts are {TABLES}/<database>/<table>.toml."
    return _read(Table, root / TABLES, _DATABASE_AND_TABLE, place, problems)


def read_topics(root: Path, problems: list[Problem]) -> ReadContracts[Topic]:
    """Read all contracts of topics.

    Args:
        root: The project's folder.
        problems: What is wrong is added here.
    """
    place = f"Contracts of topics are {TOPICS}/<topic>.toml."
    return _read(Topic, root / TOPICS, 1, place, problems)


def _read(
    model: type[Contract], folder: Path, levels: int, place: str, problems: list[Problem]
) -> ReadContracts[Contract]:
    root = folder.parent
    models: dict[str, Contract] = {}
    sources: dict[str, Layers] = {}
    names: list[str] = []
    for path in sorted(folder.glob("**/*.toml")):
        parts = path.relative_to(folder).with_suffix("").parts
        if len(parts) != levels:
            text = f"is in the wrong place. {place}"
            problems.append(Problem(file=path.relative_to(root).as_posix(), text=text))
            continue
        name = ".".join(parts)
        names.append(name)
        document = read_document(root, path)
        if isinstance(document, Problem):
            problems.append(document)
            continue
        source = Layers((Layer(document),), document.data)
        built = build(model, source, given={"name": name})
        problems.extend(built.problems)
        if built.model is not None:
            models[name], sources[name] = built.model, source
    return ReadContracts(models, sources, tuple(names))
