"""How a lock was made, as far as its header says, and the command that makes it anew.

uv and pip-compile write their command line at the top of the file. A lock that was resolved for
another Python may lack packages or hold versions that do not run, long before a wheel is missing.
"""

import re
import shlex
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from sparkmodel.packaging.lock_lines import comments
from sparkmodel.packaging.target import Target

_PIP_COMPILE = re.compile(r"by pip-compile with Python (\d+\.\d+)")
_VERSION = re.compile(r"(?:^|python|@)(\d+\.\d+)(?:\.\d+)?$")
_EXCLUDED = re.compile(
    r"^# The following packages (?:were excluded|are considered to be unsafe).*\n((?:# \S+\n?)*)",
    re.MULTILINE,
)
_FOREIGN = ("windows", "macos", "darwin", "msvc")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What the header says.

    Args:
        python: The Python it was resolved for, such as `3.11`. None: the header does not say.
        universal: Whether it was resolved for that Python and all later ones, on any platform.
        platform: The platform it was resolved for, as uv spells it. None: not said.
        excluded: Packages that were left out on purpose.
    """

    python: str | None = None
    universal: bool = False
    platform: str | None = None
    excluded: frozenset[NormalizedName] = frozenset()

    def objection(self, target: Target) -> str | None:
        """Why a lock of this origin cannot be used for the target; None: it can."""
        if self.python is not None and not self._serves(target.python):
            return f"was made for Python {self.python}, but the job's release runs {target.python}."
        if self.platform is not None and any(word in self.platform for word in _FOREIGN):
            return f"was made for {self.platform}, but the job runs on Linux."
        return None

    def _serves(self, python: str) -> bool:
        assert self.python is not None
        mine, wanted = _number(self.python), _number(python)
        return mine <= wanted if self.universal else mine == wanted


def origin_of(text: str) -> Origin:
    """Read the header of a lock."""
    header = comments(text)
    options = _options(" ".join(header))
    found = _PIP_COMPILE.search(" ".join(header))
    version = options.get("--python-version") or options.get("--python") or options.get("-p")
    return Origin(
        python=found[1] if found else _minor(version[-1]) if version else None,
        universal="--universal" in options,
        platform=options.get("--python-platform", [None])[-1],
        excluded=_excluded(text),
    )


def compile_command(lock: str, target: Target, *, sdists: bool = False, exact: bool = False) -> str:
    """The command that makes a lock for the target.

    Args:
        lock: Path of the requirements.txt; the requirements.in lies beside it.
        target: What it shall be good for.
        sdists: Allow `pyspark`, which has no wheels, to be resolved. Default: not needed.
        exact: Resolve for this one platform, so that only versions with a wheel for it are taken.
            Default: one lock for every platform, so that any laptop can use it too.
    """
    source = str(Path(lock).with_suffix(".in"))
    scope = ["--python-platform", target.uv_platform] if exact else ["--universal"]
    wheels = ["--only-binary", ":all:", *(["--no-binary", "pyspark"] if sdists else [])]
    wanted = [*scope, "--python-version", target.python, *wheels]
    return shlex.join(["uv", "pip", "compile", source, *wanted, "--generate-hashes", "-o", lock])


def _options(command: str) -> dict[str, list[str]]:
    words = command.replace("=", " ").split()
    options: dict[str, list[str]] = {}
    for word, value in pairwise([*words, ""]):
        if word.startswith("-"):
            options.setdefault(word, []).append(value)
    return options


def _minor(version: str) -> str | None:
    match = _VERSION.search(version)
    return match[1] if match else None


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _excluded(text: str) -> frozenset[NormalizedName]:
    match = _EXCLUDED.search(text)
    names = match[1].replace("#", " ").split() if match else []
    return frozenset(map(canonicalize_name, names))
