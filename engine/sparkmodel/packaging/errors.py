"""What can be wrong with what is to be packaged."""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sparkmodel.problems import ManifestError, Problem


class PackagingError(ManifestError):
    """Something cannot be packaged. Printing it shows every problem; no traceback is needed."""

    def __str__(self) -> str:
        count = len(self.problems)
        total = "1 problem" if count == 1 else f"{count} problems"
        return "\n".join([*map(str, self.problems), f"{total}. Nothing was packaged."])


def refusal(file: str, text: str, *, line: int | None = None, key: str = "") -> PackagingError:
    """An error with one problem.

    Args:
        file: Path from the project's root.
        text: Why not, what is allowed, and the command that helps.
        line: Line in that file, from 1. Default: the problem is with the whole file.
        key: What in it is to blame, such as a package's name. Default: nothing in particular.
    """
    return PackagingError([Problem(file=file, line=line, key=key, text=text)])


class Collected:
    """Gathers the problems of several steps, so that people see all of them at once."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    @contextmanager
    def step(self) -> Iterator[None]:
        """Run one step; when it is refused, keep its problems and go on."""
        try:
            yield
        except PackagingError as error:
            self._problems.extend(error.problems)

    def add(self, problems: Iterable[Problem]) -> None:
        """Keep problems."""
        self._problems.extend(problems)

    def check(self) -> None:
        """Say what was gathered.

        Raises:
            PackagingError: Any step was refused.
        """
        if self._problems:
            raise PackagingError(self._problems)


@contextmanager
def disk_of(cache: Path) -> Iterator[None]:
    """Say what is wrong with the disk instead of showing a traceback.

    Raises:
        PackagingError: The disk is full, or a file cannot be read or written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            text = f"the disk is full. Free some space (df -h). {_ELSEWHERE}"
            raise refusal(str(cache), text) from error
        if error.errno not in _FORBIDDEN:
            raise
        file = str(error.filename or cache)
        advice = f" {_ELSEWHERE}" if file.startswith(str(cache)) else ""
        raise refusal(file, f"cannot be opened: {error.strerror}.{advice}") from error


_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_ELSEWHERE = "Or keep the cache elsewhere: export SPARKRAIL_CACHE=/path/to/folder"
