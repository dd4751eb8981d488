"""Which runs a job should have had and did not have."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sparkcli.cloud import Cloud
from sparkcli.in_order import Wanted
from sparkcli.ledger import Ledger, plain

if TYPE_CHECKING:
    from sparkmodel import Job

MOST_KEYS = 10_000
UNKNOWN = {
    "rate": "A rate counts from the moment of its deploy, so the keys of missed runs cannot be "
    "known. The next one comes within its period.",
    "event": "Events are not kept, so what came meanwhile cannot be known.",
    None: "Only a person starts it, so it missed nothing.",
}
FORM = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Missed:
    """Runs that a job did not have.

    Args:
        keys: Their keys, oldest first.
        unknown: Why nothing can be said, if so.
        batches: Where the files of each are, by key, if files start the job.
    """

    keys: tuple[str, ...] = ()
    unknown: str = ""
    batches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def wanted(self, keys: Iterable[str]) -> list[Wanted]:
        """The runs of these keys, with what each needs to know."""
        return [Wanted(key, 1, self._overrides(key)) for key in keys]

    def _overrides(self, key: str) -> dict[str, Any]:
        return {"batches": dict(self.batches[key])} if key in self.batches else {}


def missed_runs(cloud: Cloud, job: "Job", *, since: datetime, until: datetime) -> Missed:
    """The keys that have no row in the ledger and should have one.

    Args:
        cloud: Where.
        job: Whose runs.
        since: The first moment that counts.
        until: The last moment that counts.
    """
    kind = job.trigger.kind if job.trigger else None
    batches: dict[str, dict[str, str]] = {}
    if kind in ("cron", "at"):
        expected = tuple(itertools.islice(_fires(job, since, until), MOST_KEYS))
    elif kind == "tables":
        expected = tuple(_written(cloud, job, since, until))
    elif kind == "files":
        batches = dict(_settled(cloud, job, since, until))
        expected = tuple(sorted(batches))
    else:
        return Missed(unknown=UNKNOWN[kind])
    known = {row.key for row in Ledger(cloud).runs(job.name)} if expected else set()
    return Missed(tuple(key for key in expected if key not in known), batches=batches)


def _fires(job: "Job", since: datetime, until: datetime) -> Iterator[str]:
    """The run keys of the moments at which the job's schedule fires, from `since` to `until`."""
    from sparkmodel.cron import next_fire  # noqa: PLC0415

    assert job.trigger is not None, "only scheduled jobs come here"
    moment: datetime | None = since - timedelta(seconds=1)
    while moment is not None:
        moment = next_fire(job.trigger.expression, moment, job.trigger.timezone)
        if moment is None or moment > until:
            return
        yield f"{moment.astimezone(UTC):{FORM}}"


def _written(cloud: Cloud, job: "Job", since: datetime, until: datetime) -> Iterator[str]:
    """The intervals that every table of the trigger has, and that one of them got meanwhile."""
    assert job.trigger is not None, "only jobs that tables start come here"
    written: list[dict[str, str]] = []
    for table in job.trigger.tables or ():
        rows = (plain(item) for item in Ledger(cloud).items(f"table#{table}", "interval#"))
        written.append({row["sk"].removeprefix("interval#"): str(row["at"]) for row in rows})
    for key in sorted(set.intersection(*map(set, written)) if written else set()):
        if since <= max(datetime.fromisoformat(each[key]) for each in written) <= until:
            yield key


def _settled(
    cloud: Cloud, job: "Job", since: datetime, until: datetime
) -> Iterator[tuple[str, dict[str, str]]]:
    """The batches of files that were cut meanwhile; one whose pages are still written is not."""
    assert job.trigger is not None, "only jobs that files start come here"
    source, bucket = str(job.trigger.files), cloud.output("lake", "LogsBucketName")
    watch = Ledger(cloud).item(f"files#{job.name}", "watch") or {}
    being_cut = plain(watch).get("batch")
    listed = cloud.s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=f"batches/{job.name}/", Delimiter="/"
    )
    for page in listed:
        for each in page.get("CommonPrefixes", []):
            folder = each["Prefix"]
            key = folder.rstrip("/").rpartition("/")[2]
            if (
                key != being_cut
                and since <= datetime.strptime(f"{key}+00:00", f"{FORM}%z") <= until
            ):
                yield key, {source: f"s3://{bucket}/{folder}"}
