"""The row that says that a job is paused."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sparkcli.cloud import Cloud
from sparkcli.laptop_door import now as now_in
from sparkcli.ledger import Ledger, key_of, plain

LAPTOP = "laptop"


@dataclass(frozen=True)
class Pause:
    """A job's pause.

    Args:
        job: Whose.
        since: When it began, as ISO text in UTC.
        who: ARN of the caller, or "laptop".
    """

    job: str
    since: str
    who: str

    def __str__(self) -> str:
        return f"{self.job} is paused since {self.since} by {self.who}"


def read_pause(cloud: Cloud, job: str) -> Pause | None:
    """The job's pause, or None while it is not paused."""
    item = Ledger(cloud).item(f"job#{job}", "pause")
    if item is None:
        return None
    row = plain(item)
    return Pause(job, str(row.get("since", "")), str(row.get("who", "")))


def write_pause(cloud: Cloud, job: str, *, since: datetime | None = None) -> Pause:
    """Pause a job; a pause that is there stays as it is.

    Args:
        cloud: Where.
        job: Whose.
        since: From when on runs may have been missed. Default: now.
    """
    moment = since or now_in(cloud)
    pause = Pause(job, f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", who(cloud))
    try:
        cloud.dynamodb.put_item(
            TableName=Ledger(cloud).table,
            Item={
                **key_of(f"job#{job}", "pause"),
                "since": {"S": pause.since},
                "who": {"S": pause.who},
            },
            ConditionExpression="attribute_not_exists(pk)",
        )
    except cloud.dynamodb.exceptions.ConditionalCheckFailedException:
        return read_pause(cloud, job) or write_pause(cloud, job, since=since)
    return pause


def end_pause(cloud: Cloud, job: str) -> None:
    """Let schedules, tables, files and events start the job again."""
    cloud.dynamodb.delete_item(TableName=Ledger(cloud).table, Key=key_of(f"job#{job}", "pause"))


def who(cloud: Cloud) -> str:
    """Who this is: the ARN of the caller, or "laptop"."""
    return LAPTOP if cloud.endpoint else cloud.caller_arn
