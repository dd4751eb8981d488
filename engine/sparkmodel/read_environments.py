"""Reads the environments: `config/<name>.toml`, each of which may extend one other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sparkmodel.checks import environment_name_findings
from sparkmodel.documents import Document, Layer, Layers, lay_over, read_document
from sparkmodel.environment import Environment
from sparkmodel.explain import build
from sparkmodel.problems import Problem, listed, nearest

CONFIG = "config"
_EXTENDS = "extends"


@dataclass(frozen=True)
class ReadEnvironment:
    """An environment in which nothing is wrong, and where it was read."""

    model: Environment
    source: Layers


@dataclass(frozen=True)
class ReadEnvironments:
    """All environments.

    Args:
        sound: Those in which nothing is wrong, by name.
        names: The names of all.
    """

    sound: Mapping[str, ReadEnvironment]
    names: tuple[str, ...]


def read_environments(root: Path, problems: list[Problem]) -> ReadEnvironments:
    """Read all environments.

    Args:
        root: The project's folder.
        problems: What is wrong is added here.
    """
    paths = sorted((root / CONFIG).glob("*.toml"))
    documents = {path.stem: read_document(root, path) for path in paths}
    if not documents:
        text = f"has no environment: it needs one file {CONFIG}/<environment>.toml, such as dev."
        problems.append(Problem(file=CONFIG, text=text))
    sound: dict[str, ReadEnvironment] = {}
    for name, document in documents.items():
        if isinstance(document, Problem):
            problems.append(document)
        elif read := _read(name, document, documents, problems):
            sound[name] = read
    return ReadEnvironments(sound, tuple(documents))


def _read(
    name: str,
    document: Document,
    documents: Mapping[str, Document | Problem],
    problems: list[Problem],
) -> ReadEnvironment | None:
    source = _extended(name, document, documents, problems)
    if source is None:
        return None
    built = build(Environment, source, given={"name": name}, also=(_EXTENDS,))
    problems.extend(built.problems)
    if built.model is None or built.problems:
        return None
    findings = list(environment_name_findings(built.model))
    problems.extend(source.problem(each.path, each.text, each.nearest) for each in findings)
    return None if findings else ReadEnvironment(built.model, source)


def _extended(
    name: str,
    document: Document,
    documents: Mapping[str, Document | Problem],
    problems: list[Problem],
) -> Layers | None:
    """Lay a file over the one that it extends; None if that one cannot be read."""
    alone = Layers((Layer(document),), document.data)
    own = {key: value for key, value in document.data.items() if key != _EXTENDS}
    if _EXTENDS not in document.data:
        return alone
    base_name = document.data[_EXTENDS]
    base = documents.get(base_name) if isinstance(base_name, str) else None
    if base is None or base_name == name:
        others = sorted(documents.keys() - {name})
        near = nearest(base_name, others) if isinstance(base_name, str) else None
        text = f"is not another environment. Environments: {listed(others) or 'none'}."
        problems.append(alone.problem((_EXTENDS,), text, near))
        return Layers((Layer(document),), own)
    if isinstance(base, Problem):
        return None
    if _EXTENDS in base.data:
        text = f"extends another one itself: {base.file} must not, one step is all there is."
        problems.append(alone.problem((_EXTENDS,), text))
        return None
    return Layers((Layer(document), Layer(base)), lay_over(base.data, own))
