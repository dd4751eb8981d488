"""Reads the lock of a job's jars: `jars.lock.json`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sparkmodel.packaging.errors import PackagingError, refusal
from sparkmodel.problems import Problem

_COORDINATE = re.compile(r"[\w.-]+:[\w.-]+:[\w.-]+(:[\w.-]+)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SCALA = re.compile(r"_(2\.\d+)$")
_ICEBERG = "iceberg-spark-runtime"
_FORM = '[{"coordinate": "group:artifact:version", "sha256": "<64 digits>"}, ...]'


@dataclass(frozen=True)
class Jar:
    """One jar of the lock.

    Args:
        coordinate: group:artifact:version or group:artifact:version:classifier.
        sha256: Of its content.
        line: Where it stands in the lock, from 1.
    """

    coordinate: str
    sha256: str
    line: int | None

    @property
    def artifact(self) -> str:
        """The second part of the coordinate."""
        return self.coordinate.split(":")[1]

    @property
    def identity(self) -> tuple[str, ...]:
        """The coordinate without its version."""
        group, artifact, _, *classifier = self.coordinate.split(":")
        return (group, artifact, *classifier)


def read_jars_lock(path: Path, *, scala: str, name: str, beside: Path | None = None) -> list[Jar]:
    """Read a lock and see whether its jars can go with the release.

    Args:
        path: The `jars.lock.json`.
        scala: Binary version of Scala that the release has, such as `2.12`.
        name: How messages call the file.
        beside: A lock of the platform whose jars the job gets too. Default: none.

    Raises:
        PackagingError: It is not in its form, a jar is there twice, is for another Scala, or is on
            the image.
    """
    brought = read_jars_lock(beside, scala=scala, name=beside.name) if beside else []
    text = path.read_text(encoding="utf-8")
    try:
        jars = [_jar(each, text) for each in json.loads(text)]
    except json.JSONDecodeError as error:
        raise refusal(name, f"is not JSON: {error.msg}.", line=error.lineno) from None
    except (KeyError, TypeError):
        raise refusal(name, f"is not in its form: {_FORM}") from None
    if problems := list(_unfit(jars, brought, scala, name)):
        raise PackagingError(problems)
    return jars


def _jar(entry: dict[str, str], text: str) -> Jar:
    coordinate, sha256 = entry["coordinate"], entry["sha256"]
    if not _COORDINATE.fullmatch(coordinate) or not _SHA256.fullmatch(sha256):
        raise KeyError(coordinate)
    lines = enumerate(text.splitlines(), start=1)
    line = next((number for number, content in lines if f'"{coordinate}"' in content), None)
    return Jar(coordinate, sha256, line)


def _unfit(jars: list[Jar], brought: list[Jar], scala: str, name: str) -> Iterator[Problem]:
    ours = {jar.identity: jar.coordinate for jar in brought}
    seen: dict[tuple[str, ...], str] = {}
    for jar in jars:
        text = _objection(jar, seen, scala)
        if theirs := ours.get(jar.identity):
            text = f"comes with every job that reads a topic, as {theirs}. Leave it out."
        if text:
            yield Problem(file=name, line=jar.line, key=jar.coordinate, text=text)
        seen[jar.identity] = jar.coordinate


def _objection(jar: Jar, seen: dict[tuple[str, ...], str], scala: str) -> str | None:
    if (built := _SCALA.search(jar.artifact)) and built[1] != scala:
        return f"is for Scala {built[1]}, but the job's release has Scala {scala}."
    if jar.artifact.startswith(_ICEBERG):
        return "is on the image, in the version that fits its Spark. Leave it out."
    if jar.identity in seen:
        return f"is there twice: {seen[jar.identity]}. One of them would be ignored."
    return None
