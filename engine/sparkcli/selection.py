"""`JOB`, `JOB/KEY` or nothing: which runs a command is about."""

from dataclasses import dataclass

from sparkcli.errors import CallError, OperationError, nearest
from sparkcli.ledger import Ledger, RunRow
from sparkcli.workspace import Workspace


@dataclass(frozen=True)
class Selection:
    """A job and, where given, one run key of it."""

    job: str | None
    key: str | None

    @classmethod
    def parse(cls, workspace: Workspace, text: str | None) -> "Selection":
        """Read `JOB` or `JOB/KEY`; the job must exist."""
        if not text:
            return cls(None, None)
        job, _, key = text.partition("/")
        workspace.job(job)
        return cls(job, key or None)


def one_run(ledger: Ledger, selection: Selection) -> RunRow:
    """The run that was named, or the newest of the job.

    Raises:
        OperationError: The job has not run yet.
        CallError: That key never ran.
    """
    job, key = selection.job or "", selection.key
    if key is not None:
        row = ledger.run(job, key)
        if row is None:
            keys = [known.key for known in ledger.runs(job)]
            raise CallError(
                f"{job}/{key} never ran.{nearest(key, keys)}",
                next_command=f"./sparkrail runs {job}",
            )
        return row
    rows = ledger.runs(job)
    if not rows:
        raise OperationError(f"{job} has not run yet.", next_command=f"./sparkrail run {job}")
    return rows[0]
