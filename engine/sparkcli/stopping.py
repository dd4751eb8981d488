"""Stop a run and see it end: its execution, its Spark run, its row."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from sparkcli.cloud import Cloud
from sparkcli.driver_log import TERMINAL_RUN, job_runs_of
from sparkcli.errors import CallError
from sparkcli.ledger import TERMINAL, Ledger, RunRow, key_of

GONE = frozenset({"ExecutionDoesNotExist", "InvalidArn", "ValidationException"})
QUEUED = "QUEUED"
SAY_AFTER_SECONDS = 5


@dataclass(frozen=True)
class Stopped:
    """What became of a run that was stopped.

    Args:
        row: Its row, as last read.
        job_runs: States of its Spark runs, by id.
    """

    row: RunRow
    job_runs: dict[str, str]

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left: no Spark run, no open row."""
        return self.row.state in TERMINAL and all(
            state in TERMINAL_RUN for state in self.job_runs.values()
        )

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        return {
            "job": self.row.job,
            "run_key": self.row.key,
            "state": self.row.state,
            "execution": self.row.execution,
            "job_runs": self.job_runs,
        }


def ask_to_stop(cloud: Cloud, row: RunRow) -> None:
    """Stop the execution that holds a run; one that is gone already is left to the keeper.

    Raises:
        CallError: The run is over.
    """
    if row.state in TERMINAL:
        raise CallError(
            f"{row.name} is over: {row.state}. There is nothing to stop.",
            next_command=f"./sparkrail runs {row.name}",
            document={"job": row.job, "run_key": row.key, "state": row.state},
        )
    if row.state == QUEUED and _leave_queue(cloud, row):
        return
    try:
        cloud.states.stop_execution(
            executionArn=row.execution, error="Stopped", cause="sparkrail stop"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise


def _leave_queue(cloud: Cloud, row: RunRow) -> bool:
    """Take a key that waits for its job out of the queue; False when it has just started."""
    try:
        cloud.dynamodb.update_item(
            TableName=Ledger(cloud).table,
            Key=key_of(f"job#{row.job}", f"run#{row.key}"),
            UpdateExpression="SET #s = :aborted, cause = :cause REMOVE #o",
            ConditionExpression="#s = :queued AND generation = :generation",
            ExpressionAttributeNames={"#s": "state", "#o": "open"},
            ExpressionAttributeValues={
                ":aborted": {"S": "ABORTED"},
                ":queued": {"S": QUEUED},
                ":generation": {"N": str(row.generation)},
                ":cause": {"S": "Taken out of the queue by sparkrail stop."},
            },
        )
    except cloud.dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def wait_until_over(
    cloud: Cloud, row: RunRow, *, seconds: float, on_wait: Callable[[Stopped], None]
) -> Stopped:
    """Look until nothing of a run is left, or for so long.

    Args:
        cloud: Where.
        row: The run that was stopped.
        seconds: The longest wait, in seconds.
        on_wait: Called once, when it takes longer than it should where events arrive.
    """
    began, told = time.monotonic(), False
    while True:
        now = Ledger(cloud).run(row.job, row.key) or row
        found = Stopped(now, job_runs_of(cloud, row))
        waited = time.monotonic() - began
        if found.is_over or waited > seconds:
            return found
        if waited > SAY_AFTER_SECONDS and not told:
            on_wait(found)
            told = True
        time.sleep(cloud.poll_seconds)
