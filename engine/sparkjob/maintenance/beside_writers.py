"""Commits beside writers: tried again on the table as they left it, then left to the next run."""

from __future__ import annotations

import random
import time
from typing import Callable, TypeVar

from sparkjob.errors import JobError, describe
from sparkjob.publishing.iceberg import is_conflict

Done = TypeVar("Done")

TRIES = 4
LONGEST_PAUSE_SECONDS = 5.0
CHANGED_MEANWHILE = "ValidationException"
"""What Iceberg raises when a writer changed the files that were to be replaced."""


class Busy(JobError):  # noqa: N818  the name says what happened
    """Writers changed the table again and again; nothing is broken, the next run goes on."""

    retryable = True


def beside_writers(change: Callable[[], Done]) -> Done:
    """Make a change; if a writer was faster, make it again on what the writer left.

    Args:
        change: Opens the table, decides and commits. It must be safe to repeat.

    Raises:
        Busy: A writer was faster each time.
    """
    for left in range(TRIES - 1, -1, -1):
        try:
            return change()
        except Exception as error:  # its type depends on the version of Spark
            if not is_conflict(error, CHANGED_MEANWHILE):
                raise
            if not left:
                raise Busy(f"writers were faster {TRIES} times: {describe(error)}") from error
            time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS / (left + 1)))
    raise AssertionError("the last try returns or raises")
