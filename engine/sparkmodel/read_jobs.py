"""Reads the jobs: every folder `spark_jobs/<job>` that has a `job.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sparkmodel.documents import Document, Layer, Layers, lay_over, read_document
from sparkmodel.environment import Environment
from sparkmodel.explain import build
from sparkmodel.job import ENTRY_POINT, Job
from sparkmodel.names import folder_name_fault
from sparkmodel.placeholders import PLACEHOLDERS, UNKNOWN, fill, unknown_placeholders
from sparkmodel.problems import Problem, listed, nearest

JOBS = "spark_jobs"
MANIFEST = "job.toml"
EXTENSION = "extend.py"
OVERLAYS = "environments"
GIVEN = ("name", "folder", "has_extend", "maintains", "manages")
"""Fields of a job that no manifest has: its folder gives them, or the project."""

_UNNAMED = "unnamed"


@dataclass(frozen=True)
class ReadJob:
    """A job as it is in one environment.

    Args:
        model: The job; what is wrong in it is left out.
        source: Where it was read.
        sound: Whether nothing is wrong in it.
    """

    model: Job
    source: Layers
    sound: bool


@dataclass(frozen=True)
class Manifest:
    """A job's folder and its manifest."""

    folder: Path
    document: Document

    @property
    def place(self) -> str:
        """The folder as problems name it."""
        return f"{JOBS}/{self.folder.name}"

    def in_environment(
        self, environment: Environment | None, problems: list[Problem]
    ) -> ReadJob | None:
        """Build the job as it is in an environment.

        Args:
            environment: Gives what the job does not say itself. Default: the manifest alone.
            problems: What is wrong is added here.

        Returns:
            None if too little of it is right.
        """
        source = self._layers(environment)
        unknown = list(unknown_placeholders(source.data))
        found = [source.problem(path, UNKNOWN, _near_placeholder(name)) for path, name in unknown]
        data = _with_defaults(fill(source.data, environment), environment)
        built = build(
            Job,
            source,
            given=self._given(),
            data=data,
            also=(OVERLAYS,),
            without=[path for path, _ in unknown],
        )
        found.extend(built.problems)
        problems.extend(found)
        return None if built.model is None else ReadJob(built.model, source, sound=not found)

    def overlay_problems(self, environments: Iterable[str]) -> Iterator[Problem]:
        """Say which overlays are not tables, or of no environment."""
        source = Layers((Layer(self.document),), self.document.data)
        overlays = self.document.data.get(OVERLAYS, {})
        if not isinstance(overlays, dict):
            yield source.problem((OVERLAYS,), "must be tables: [environments.<name>].")
            return
        known = sorted(environments)
        for name, overlay in overlays.items():
            if name not in known:
                text = f"is not an environment. Environments: {listed(known) or 'none'}."
                yield source.problem((OVERLAYS, name), text, nearest(name, known))
            elif not isinstance(overlay, dict):
                text = f"must be a table: [{OVERLAYS}.{name}]."
                yield source.problem((OVERLAYS, name), text)

    def _layers(self, environment: Environment | None) -> Layers:
        data = {key: each for key, each in self.document.data.items() if key != OVERLAYS}
        overlays = self.document.data.get(OVERLAYS)
        name = environment.name if environment else ""
        overlay = overlays.get(name) if isinstance(overlays, dict) else None
        if not isinstance(overlay, dict):
            return Layers((Layer(self.document),), data)
        layers = (Layer(self.document, (OVERLAYS, name)), Layer(self.document))
        return Layers(layers, lay_over(data, overlay))

    def _given(self) -> Mapping[str, Any]:
        name = self.folder.name
        return {
            "name": _UNNAMED if folder_name_fault(name) else name,
            "folder": self.folder,
            "has_extend": (self.folder / EXTENSION).is_file(),
        }


def read_manifests(root: Path, problems: list[Problem]) -> tuple[Manifest, ...]:
    """Read the manifest of every job, sorted by name.

    Args:
        root: The project's folder.
        problems: What is wrong with folders and files is added here.
    """
    found = (_read(root, folder, problems) for folder in _folders(root / JOBS))
    return tuple(manifest for manifest in found if manifest is not None)


def _folders(jobs: Path) -> Iterator[Path]:
    for path in sorted(jobs.iterdir()) if jobs.is_dir() else ():
        if path.is_dir() and not path.name.startswith((".", "__")):
            yield path


def _read(root: Path, folder: Path, problems: list[Problem]) -> Manifest | None:
    place, entry = f"{JOBS}/{folder.name}", (folder / ENTRY_POINT).is_file()
    if not (folder / MANIFEST).exists():
        if entry:
            text = f"has a {ENTRY_POINT} but no {MANIFEST}, so it is not a job. Write {MANIFEST}."
            problems.append(Problem(file=place, text=text))
        return None
    if fault := folder_name_fault(folder.name):
        problems.append(Problem(file=place, text=fault))
    if not entry:
        text = f"has no {ENTRY_POINT}, the entry file that Spark runs."
        problems.append(Problem(file=place, text=text, nearest=_near_entry(folder)))
    document = read_document(root, folder / MANIFEST)
    if isinstance(document, Problem):
        problems.append(document)
        return None
    return Manifest(folder, document)


def _near_entry(folder: Path) -> str | None:
    """Find a Python file that may be meant as the entry file, to say which to rename."""
    return nearest(ENTRY_POINT, (path.name for path in folder.glob("*.py")))


def _near_placeholder(name: str) -> str | None:
    near = nearest(name, PLACEHOLDERS)
    return None if near is None else f"${{{near}}}"


def _with_defaults(data: dict[str, Any], environment: Environment | None) -> dict[str, Any]:
    """Give a job the environment's release and architecture unless it chooses its own."""
    spark = data.get("spark", {})
    if environment is None or not isinstance(spark, dict):
        return data
    defaults = {"release": environment.release, "architecture": environment.architecture}
    return {**data, "spark": {**defaults, **spark}}
