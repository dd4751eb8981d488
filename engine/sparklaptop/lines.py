"""The lines of Spark that the laptop runs, and which EMR release belongs to which."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from sparklaptop.errors import LaptopError

LOCKS = Path(__file__).parent / "locks"


@dataclass(frozen=True, kw_only=True)
class Jar:
    """One locked jar: Maven coordinate `group:artifact:version`, its SHA-256 and size in bytes."""

    coordinate: str
    sha256: str
    size: int

    @property
    def file_name(self) -> str:
        """Name of the file in the cache, as Maven names it."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def locked(lock: str) -> tuple[Jar, ...]:
    """The jars of a lock file, by its name without the ending."""
    entries = json.loads((LOCKS / f"{lock}.json").read_text())
    return tuple(Jar(**entry) for entry in entries)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of Spark: its name, the pip version of PySpark and the releases it stands for."""

    name: str
    pyspark: str
    releases: str

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"Spark {self.name}"

    @property
    def jars(self) -> tuple[Jar, ...]:
        """What goes on the driver's class path besides Spark: Iceberg, S3A and their SDK."""
        return locked(f"jars-{self.name}")

    @property
    def python_lock(self) -> Path:
        """Hash-locked requirements of this line's PySpark."""
        return LOCKS / f"spark-{self.name}.txt"


LINES = {
    "3.5": Line(name="3.5", pyspark="3.5.8", releases="emr-7.*"),
    "4.1": Line(name="4.1", pyspark="4.1.1", releases="emr-spark-8.1*"),
}


def line(name: str) -> Line:
    """The line called `name`.

    Raises:
        LaptopError: There is no such line.
    """
    if name not in LINES:
        raise LaptopError(f"Spark {name!r} is not a line of the laptop; lines: {', '.join(LINES)}")
    return LINES[name]


def line_of_release(label: str) -> Line:
    """The line that stands for an EMR release label on the laptop.

    Raises:
        LaptopError: The laptop has no Spark for this release.
    """
    if label.startswith("emr-7."):
        return LINES["3.5"]
    if label == "emr-spark-8.1" or label.startswith("emr-spark-8.1."):
        return LINES["4.1"]
    offered = "; ".join(f"{entry.releases} (Spark {entry.pyspark})" for entry in LINES.values())
    raise LaptopError(f"the laptop has no Spark for release {label}; it runs {offered}")


def fetch_command(name: str) -> str:
    """The command that downloads what a line needs, as it can be pasted where the user stands."""
    python = Path(sys.executable)
    here = Path.cwd()
    shown = python.relative_to(here) if python.is_relative_to(here) else python
    return f"{shown} -m sparklaptop.tools fetch {name}"
