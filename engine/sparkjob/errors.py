"""What a run refuses, in sentences; a person reads them, so none needs a traceback."""

# ruff: noqa: N818  the names say what happened, and read well in a report

from __future__ import annotations

import difflib
import re
import traceback
from typing import Dict, Iterable, Optional, TypeVar

from sparkjob.refusals import refusal

Value = TypeVar("Value")
_CAUSE = re.compile(r"^Caused by: (?:[\w.$]+: )?(.+)$", re.MULTILINE)
_NO_ANSWER = re.compile(r"An error occurred while calling \S+")
_GONE = ("Py4JNetworkError", "ConnectionRefusedError", "ConnectionResetError")
_JVM_GONE = (
    "The JVM of Spark is gone: it was killed, or the computer ran out of memory.\n"
    "Run it again; if that does not help, with a larger spark.size in job.toml."
)
_FAULTS = {
    "No space left on device": (
        "The disk is full: No space left on device.\n"
        "Make room, or give the workers more disk_gb in job.toml."
    ),
    "java.lang.OutOfMemoryError": (
        "Spark ran out of memory: java.lang.OutOfMemoryError.\n"
        "Choose a larger spark.size in job.toml."
    ),
}


class JobError(Exception):
    """A run's end in a sentence. Unless a kind says otherwise, another attempt ends the same."""

    retryable = False


class InputRefused(JobError):
    """An input or the call itself is not what the job reads. Nothing was written."""


class TooManyQuarantined(JobError):
    """More rows were unreadable than `quarantine_percent` allows. Nothing was published.

    It is tried again: a file that was still being written is whole a moment later.
    """

    retryable = True


class StreamPoisoned(TooManyQuarantined):
    """More records were refused than `quarantine_percent` allows. The batch was not published.

    It is not tried again by itself: the same records stay in the topic.
    """

    retryable = False


class CheckpointRefused(JobError):
    """A stream cannot go on from its checkpoint: it is lost, damaged, or of another query."""


class RecordsGone(JobError):
    """The topic no longer has records that the stream has not read."""


class ContractBroken(JobError):
    """An output does not keep its contract. Nothing was published."""


class NotPublished(JobError):
    """Rows that keep their contract could not be brought into their tables.

    Args:
        text: What happened, and what is published nevertheless.
        retryable: Whether another attempt may do it.
    """

    def __init__(self, text: str, *, retryable: bool) -> None:
        super().__init__(text)
        self.retryable = retryable


class NotAvailable(JobError):
    """The job's code asks for what the job or its surroundings do not have."""


class Named(Dict[str, Value]):
    """A dictionary whose missing keys answer with the nearest one and all there are.

    Args:
        kind: What the keys name: `input`, `parameter`.
        items: The entries.
    """

    def __init__(self, kind: str, items: Dict[str, Value]) -> None:
        super().__init__(items)
        self.kind = kind

    def __missing__(self, name: str) -> Value:
        raise NotAvailable(unknown(self.kind, name, self))


def unknown(kind: str, name: str, allowed: Iterable[str]) -> str:
    """Say that there is no such name, which one is nearest, and which there are.

    >>> unknown("input", "hss", ["hhs"])
    'There is no input "hss". Did you mean "hhs"? There are: hhs.'
    """
    names = sorted(allowed)
    near = difflib.get_close_matches(name, names, n=1)
    meant = f' Did you mean "{near[0]}"?' if near else ""
    there = f" There are: {', '.join(names)}." if names else " There is none."
    return f'There is no {kind} "{name}".{meant}{there}'


def is_retryable(error: BaseException) -> bool:
    """Whether the same run may succeed when it is tried again."""
    if isinstance(error, JobError):
        return error.retryable
    return refusal(error) is None


def computer_fault(error: BaseException) -> Optional[str]:
    """Say what the computer lacked, and what helps; None if that is not why the run failed.

    >>> computer_fault(OSError(28, "No space left on device")).splitlines()[0]
    'The disk is full: No space left on device.'
    """
    text = str(error)
    if _is_unanswered(error, text):
        return _JVM_GONE
    return next((told for sign, told in _FAULTS.items() if sign in text), None)


def is_told(error: BaseException) -> bool:
    """Whether a sentence says all that there is to say, so that a traceback adds nothing."""
    return isinstance(error, JobError) or bool(refusal(error) or computer_fault(error))


def _is_unanswered(error: BaseException, text: str) -> bool:
    """Whether py4j, and nothing else, found no JVM at the other end."""
    kind = type(error).__name__
    called = traceback.extract_tb(error.__traceback__)
    return any("py4j" in frame.filename for frame in called) and (
        kind in _GONE or (kind == "Py4JError" and bool(_NO_ANSWER.fullmatch(text)))
    )


def explain(error: BaseException) -> str:
    """Describe an error to someone who sees nothing else of it: what Python raised has its kind.

    >>> explain(KeyError("EUR"))
    "KeyError: 'EUR'"
    """
    told, kind = describe(error), type(error).__name__
    if is_told(error) or told == kind:
        return told
    return f"{kind}: {told}"


def describe(error: BaseException) -> str:
    """Say in a line or a few what went wrong, without the stack of the JVM."""
    text = str(error).strip()
    if isinstance(error, JobError):
        return text
    fault = refusal(error) or computer_fault(error)
    if fault:
        return fault
    causes = _CAUSE.findall(text)
    first = text.splitlines()[0] if text else type(error).__name__
    return f"{first}\n{causes[-1]}" if causes and causes[-1] not in first else first
