"""Reads the lock of a job's Python packages: `requirements.txt`, every line pinned and hashed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from sparkmodel.packaging.errors import Collected, refusal
from sparkmodel.packaging.lock_lines import LogicalLine, logical_lines
from sparkmodel.packaging.lock_origin import compile_command, origin_of
from sparkmodel.packaging.pins import Lock, Pin
from sparkmodel.packaging.target import Target
from sparkmodel.problems import Problem

# The image brings them, matched to its JVM side; a second copy breaks the pair.
PROVIDED = frozenset(map(canonicalize_name, ("pyspark", "py4j")))
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def read_lock(path: Path, *, target: Target, name: str | None = None) -> Lock:
    """Read a lock and see whether it can be used for the target.

    Args:
        path: The `requirements.txt`.
        target: What is to be packaged for.
        name: How messages call the file. Default: its path.

    Raises:
        PackagingError: Lines without one version or without hashes, options, or a lock that was
            made for another Python; all of them, with the command that makes a good lock.
    """
    shown = name or path.as_posix()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(shown, "is not text in UTF-8.") from None
    command = compile_command(shown, target, sdists="pyspark==" in text)
    if not path.with_suffix(".in").exists():
        command = f"{shlex.join(['mv', shown, str(Path(shown).with_suffix('.in'))])} && {command}"
    reader = _Reader(shown, command)
    pins = tuple(sorted(reader.pins(text), key=lambda pin: pin.text))
    lock = Lock(name=shown, target=target, pins=pins, origin=origin_of(text), command=command)
    reader.check(lock)
    return lock


class _Reader:
    """Reads lines, and keeps what is wrong with them."""

    def __init__(self, file: str, command: str) -> None:
        self._file = file
        self._command = command
        self._problems = Collected()

    def pins(self, text: str) -> Iterator[Pin]:
        for line in logical_lines(text):
            requirement = self._requirement(line)
            if requirement is None or canonicalize_name(requirement.name) in PROVIDED:
                continue
            if (version := self._version(requirement, line)) and self._hashed(requirement, line):
                yield Pin(
                    line=line.number,
                    name=canonicalize_name(requirement.name),
                    version=version,
                    extras=tuple(sorted(map(canonicalize_name, requirement.extras))),
                    marker=requirement.marker,
                    hashes=line.hashes,
                )

    def check(self, lock: Lock) -> None:
        if objection := lock.origin.objection(lock.target):
            self._refuse(f"{objection} Make it anew: {self._command}", None, "")
        elif lock.pins and not lock.wanted:
            text = f"none of its lines is for {lock.target}. Make it anew: {self._command}"
            self._refuse(text, None, "")
        seen: dict[NormalizedName, Pin] = {}
        for pin in sorted(lock.wanted, key=lambda pin: pin.line):
            first = seen.setdefault(pin.name, pin)
            if first is not pin:
                text = f"is pinned twice; line {first.line} says {first.requirement}."
                self._refuse(text, pin.line, pin.requirement)
        self._problems.check()

    def _requirement(self, line: LogicalLine) -> Requirement | None:
        if line.text.startswith("-"):
            text = _OPTION_TEXTS.get(line.text.split()[0].split("=")[0], _ANY_OPTION)
            self._refuse(text, line.number, line.text)
            return None
        try:
            requirement = Requirement(line.text)
        except InvalidRequirement:
            text = f'is not a requirement. A lock has lines like "pandas==2.3.3". {self._remedy}'
            self._refuse(text, line.number, line.text)
            return None
        if requirement.url:
            text = "is an address. Only packages of an index, name==version, can be packaged."
            self._refuse(text, line.number, requirement.name)
            return None
        return requirement

    def _version(self, requirement: Requirement, line: LogicalLine) -> str | None:
        specifiers = list(requirement.specifier)
        if [each.operator for each in specifiers] == ["=="] and "*" not in specifiers[0].version:
            return specifiers[0].version
        text = f"is not pinned to one version, so two builds could differ. {self._remedy}"
        self._refuse(text, line.number, line.text)
        return None

    def _hashed(self, requirement: Requirement, line: LogicalLine) -> bool:
        if not line.hashes:
            text = f"has no hash, so nobody would notice another file. {self._remedy}"
            self._refuse(text, line.number, line.text)
        elif bad := [each for each in line.hashes if not _SHA256.fullmatch(each)]:
            text = f'has the hash "{bad[0]}"; allowed is sha256: and 64 digits. {self._remedy}'
            self._refuse(text, line.number, requirement.name)
        return all(map(_SHA256.fullmatch, line.hashes)) and bool(line.hashes)

    @property
    def _remedy(self) -> str:
        return f"Make the lock anew: {self._command}"

    def _refuse(self, text: str, line: int | None, key: str) -> None:
        self._problems.add([Problem(file=self._file, line=line, key=key, text=text)])


_ANY_OPTION = 'is an option. A lock has lines like "pandas==2.3.3 --hash=sha256:..." only.'
_INDEX = "belongs into pip's own settings, where it holds for everyone: pip config set "
_OPTION_TEXTS = {
    "-i": f"{_INDEX}global.index-url URL",
    "--index-url": f"{_INDEX}global.index-url URL",
    "--extra-index-url": f"{_INDEX}global.extra-index-url URL",
    "-f": f"{_INDEX}global.find-links FOLDER",
    "--find-links": f"{_INDEX}global.find-links FOLDER",
    "-r": "names another file. Lock both together, in one requirements.in.",
    "-e": "is a folder. Code of your own belongs into spark_jobs/, beside the jobs.",
}
