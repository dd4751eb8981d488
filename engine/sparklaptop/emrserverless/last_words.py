"""Why a driver ended, in its own words. PySpark writes tracebacks to stdout: both files count."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

_LIMIT = 1000
_TAIL_BYTES = 200_000
_TRACEBACK = "Traceback (most recent call last):"
_ERROR_LINE = re.compile(
    r"^(?:[\w.$]*(?:Error|Exception|Exit|Interrupt|Refused)\b.*|Caused by: .*"
    # A job without a session has no report either: this sentence is all there is.
    r"|Spark did not start: .*)$"
)
_SHOWN_LINES = 8
_FULL_BYTES = 256 * 1024


def tail(path: Path, limit: int = _TAIL_BYTES) -> str:
    """The end of a file; empty if there is none."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - limit))
            return stream.read().decode(errors="replace")
    except OSError:
        return ""


def last_words(folder: Path, return_code: int) -> str:
    """What a person should read first about a failed run: the error, else how the process ended."""
    stdout, stderr = tail(folder / "stdout"), tail(folder / "stderr")
    words = (
        _of_traceback(stdout) or _of_traceback(stderr) or _of_errors(stdout) or _of_errors(stderr)
    )
    ending = _ending(return_code)
    if return_code < 0 or not words:
        words = f"{ending}. {words or _last_line(stderr) or _last_line(stdout)}".strip()
    return f"{_of_disk(folder)}{words}"[:_LIMIT]


def _of_disk(folder: Path) -> str:
    """On a full disk the words themselves may be what could not be written."""
    full = shutil.disk_usage(folder).free < _FULL_BYTES
    return f"The disk that holds {folder} is full. " if full else ""


def _ending(return_code: int) -> str:
    number = -return_code if return_code < 0 else return_code - 128
    if return_code < 0 or number in (signal.SIGKILL, signal.SIGTERM):
        name = signal.Signals(number).name
        return f"The driver's process was killed ({name})"
    return f"The driver ended with exit code {return_code}"


def _of_traceback(text: str) -> str:
    start = text.rfind(_TRACEBACK)
    if start < 0:
        return ""
    lines = text[start:].splitlines()[1:]
    for number, line in enumerate(lines):
        if line and not line[0].isspace():
            shown = []
            for following in lines[number : number + _SHOWN_LINES]:
                # Java's stack and Spark's own log lines say nothing more to a person.
                if not following.strip() or following.startswith(("\tat ", "2", "\t...")):
                    break
                shown.append(following.rstrip())
            return "\n".join(shown)
    return ""


def _of_errors(text: str) -> str:
    found = [line.strip() for line in text.splitlines() if _ERROR_LINE.match(line.strip())]
    return found[-1] if found else ""


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
