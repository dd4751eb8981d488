"""Make the files of a new job, or none at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

SUFFIX = ".template"
BATCH, STREAM = "templates/job", "templates/stream"
CONTRACT, TOPIC = "table.toml.template", "topic.toml.template"


@dataclass(frozen=True)
class NewJob:
    """Names of a job to make.

    Args:
        name: The job, its folder and its package.
        team: Whose applications run it.
        streaming: Whether it reads a topic all the time. Default: it has runs.
    """

    name: str
    team: str
    streaming: bool = False

    @property
    def database(self) -> str:
        """The team as a database name."""
        return self.team.replace("-", "_")

    @property
    def table(self) -> str:
        """The table that it writes."""
        return f"{self.database}.{self.name}"

    def folder(self, root: Path) -> Path:
        """Where its code goes."""
        return root / "spark_jobs" / self.name

    def contract(self, root: Path) -> Path:
        """Where its table's contract goes."""
        return root / "tables" / self.database / f"{self.name}.toml"

    def topic(self, root: Path) -> Path | None:
        """Where the contract of its topic goes; None if it reads none."""
        return root / "topics" / f"{self.name}.toml" if self.streaming else None

    def paths(self, root: Path) -> tuple[Path, ...]:
        """All that is made: the folder and the contracts."""
        own = (self.folder(root), self.contract(root))
        topic = self.topic(root)
        return own if topic is None else (*own, topic)


def write_job(root: Path, new: NewJob) -> list[Path]:
    """Write the job's folder and its contracts; the files written."""
    words = {"name": new.name, "team": new.team, "table": new.table}
    kind = STREAM if new.streaming else BATCH
    templates = resources.files("sparkcli").joinpath(kind)
    written = []
    for relative, template in _files(templates, ""):
        path = _place(root, new, relative)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(template.read_text()).substitute(words))
        written.append(path)
    return sorted(written)


def _place(root: Path, new: NewJob, relative: str) -> Path:
    if relative == CONTRACT:
        return new.contract(root)
    topic = new.topic(root)
    if relative == TOPIC and topic is not None:
        return topic
    path = new.folder(root) / relative.removesuffix(SUFFIX)
    if path.parent.name == "tests":
        # pytest wants each test module's name once.
        return path.with_name(path.name.replace("test_job", f"test_{new.name}"))
    return path


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            yield prefix + entry.name, entry


@contextmanager
def undone_on_failure(*paths: Path) -> Iterator[None]:
    """Put `paths` back as they were if the block fails or is interrupted.

    Args:
        paths: Files and folders that the block may make or change.
    """
    with tempfile.TemporaryDirectory(prefix="sparkrail-undo-") as kept:
        for index, path in enumerate(paths):
            _copy(path, Path(kept) / str(index))
        new_parents = [p for path in paths for p in path.parents if not p.exists()]
        try:
            yield
        except BaseException:
            for index, path in enumerate(paths):
                _remove(path)
                _copy(Path(kept) / str(index), path)
            for parent in sorted(set(new_parents), key=lambda p: len(p.parts), reverse=True):
                if parent.is_dir() and not any(parent.iterdir()):
                    parent.rmdir()
            raise


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
