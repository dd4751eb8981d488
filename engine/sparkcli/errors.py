"""What goes wrong, in sentences, and the exit code that goes with it.

0 done, 1 the run or the operation failed, 2 the input or the call is wrong, 130 interrupted.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

FAILED = 1
WRONG = 2
INTERRUPTED = 130


class CommandError(Exception):
    """A command ended without its result.

    Args:
        message: What was wrong, where, and what is allowed.
        next_command: The one command to type now. Default: none.
        document: What `--json` prints beside `error`. Default: only `error`.
    """

    exit_code = FAILED

    def __init__(
        self,
        message: str,
        *,
        next_command: str | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_command = next_command
        self.document = dict(document or {})

    def as_document(self) -> dict[str, Any]:
        """The JSON document of this error; a command may have filled in more than the error."""
        error = {"type": type(self).__name__, "message": self.message}
        if self.next_command:
            error["next"] = self.next_command
        return {**self.document, "error": {**error, **self.document.get("error", {})}}


class OperationError(CommandError):
    """The call was right and the work failed: exit code 1."""


class CallError(CommandError):
    """The call or its input is wrong; nothing was changed: exit code 2."""

    exit_code = WRONG


class NoLongerFollowedError(CommandError):
    """Ctrl-C, with what goes on running: exit code 130."""

    exit_code = INTERRUPTED


def nearest(word: str, candidates: Iterable[str]) -> str:
    """` Did you mean "x"?`, or nothing when no candidate is near.

    >>> nearest("hospital_utilisation", ["hospital_utilization", "sales"])
    ' Did you mean "hospital_utilization"?'
    """
    found = difflib.get_close_matches(word, sorted(candidates), n=1, cutoff=0.6)
    return f' Did you mean "{found[0]}"?' if found else ""


def unknown(
    kind: str, word: str, candidates: Iterable[str], *, where: str = "", shown_by: str = "check"
) -> CallError:
    """The error for a name that is not there: the nearest one and all that are.

    Args:
        kind: What it names: job, table.
        word: What was given.
        candidates: What there is.
        where: Where it was looked for.
        shown_by: The sparkrail command that shows what there is. Default: check.
    """
    names = sorted(candidates)
    allowed = f" There are: {', '.join(names)}." if names else " There is none."
    place = f" {where}" if where else ""
    return CallError(
        f'There is no {kind} "{word}"{place}.{nearest(word, names)}{allowed}',
        next_command=f"./sparkrail {shown_by}",
    )
