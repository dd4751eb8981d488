"""What was sent and what the brokers said, record by record, so that each can be looked for."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from sparkcli.producing.messages import Kind
from sparkcli.workspace import Workspace

SUFFIX = ".jsonl"


@dataclass(frozen=True)
class Sent:
    """One record that the brokers have acknowledged.

    Args:
        kind: What should become of it.
        identity: What its row is recognised by; empty for a bad one.
        partition: Where it lies.
        offset: Its number there.
    """

    kind: Kind
    identity: str
    partition: int
    offset: int


@dataclass
class Journal:
    """The file of one production: what it is, then a line per answer.

    A record that was sent and never answered is in it as unknown: it may lie in the topic.

    Args:
        path: The file.
        about: What is sent, for people.
    """

    path: Path
    about: Mapping[str, Any]
    acknowledged: Counter[Kind] = field(default_factory=Counter)
    unknown: int = 0

    def __enter__(self) -> "Journal":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = self.path.open("w", encoding="utf-8")
        self._write({"about": dict(self.about)})
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, kind: Kind, identity: str, partition: int, offset: int) -> None:
        """Note a record that the brokers have."""
        self.acknowledged[kind] += 1
        self._write([kind.value, identity, partition, offset])

    def add_unknown(self, kind: Kind, identity: str) -> None:
        """Note a record of which nobody knows whether the brokers have it."""
        self.unknown += 1
        self._write([kind.value, identity, None, None])

    def _write(self, line: object) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")


def folder(workspace: Workspace, topic: str) -> Path:
    """Where the journals of a topic are."""
    return produced(workspace) / topic


def produced(workspace: Workspace) -> Path:
    """Where the journals of a cloud are."""
    target = workspace.target
    cloud = f"laptop-{target.environment}" if target.on_laptop else target.environment
    return workspace.state / "produced" / cloud


def new_path(workspace: Workspace, topic: str, now: datetime) -> Path:
    """The file of a production that begins now."""
    return folder(workspace, topic) / f"{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}{SUFFIX}"


def read(paths: Iterable[Path]) -> tuple[list[Sent], frozenset[str]]:
    """What the journals say: the acknowledged records, and the identities of the unknown ones."""
    sent: list[Sent] = []
    unknown: set[str] = set()
    for line in _lines(paths):
        kind, identity, partition, offset = line
        if partition is None:
            unknown.add(identity)
        else:
            sent.append(Sent(Kind(kind), identity, partition, offset))
    return sent, frozenset(unknown)


def _lines(paths: Iterable[Path]) -> Iterator[list[Any]]:
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for text in file:
                # The last line of a process that was killed may be cut off.
                if text.startswith("[") and text.endswith("\n"):
                    yield json.loads(text)
