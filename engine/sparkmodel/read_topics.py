"""Reads the contracts of topics: `topics/<topic>.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sparkmodel.documents import Layer, Layers, read_document
from sparkmodel.explain import build
from sparkmodel.problems import Problem
from sparkmodel.topic import Topic

TOPICS = "topics"


@dataclass(frozen=True)
class ReadTopics:
    """All contracts of topics.

    Args:
        models: Those that can be read, by name; what is wrong in them is left out.
        sources: Where these were read.
        names: The names of all.
    """

    models: Mapping[str, Topic]
    sources: Mapping[str, Layers]
    names: tuple[str, ...]


def read_topics(root: Path, problems: list[Problem]) -> ReadTopics:
    """Read all contracts of topics.

    Args:
        root: The project's folder.
        problems: What is wrong is added here.
    """
    models: dict[str, Topic] = {}
    sources: dict[str, Layers] = {}
    names: list[str] = []
    for path in sorted((root / TOPICS).glob("**/*.toml")):
        name, file = path.stem, path.relative_to(root).as_posix()
        if path.parent != root / TOPICS:
            text = f"is in the wrong place. Contracts of topics are {TOPICS}/<topic>.toml."
            problems.append(Problem(file=file, text=text))
            continue
        names.append(name)
        document = read_document(root, path)
        if isinstance(document, Problem):
            problems.append(document)
            continue
        source = Layers((Layer(document),), document.data)
        built = build(Topic, source, given={"name": name})
        problems.extend(built.problems)
        if built.model is not None:
            models[name], sources[name] = built.model, source
    return ReadTopics(models, sources, tuple(names))
