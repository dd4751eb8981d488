"""The run ledger, read."""

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sparkcli.cloud import Cloud

FAILURES = frozenset({"FAILED", "ABORTED", "TIMED_OUT"})
TERMINAL = FAILURES | {"SUCCEEDED"}
READERS = 8


@dataclass(frozen=True)
class RunRow:
    """What the ledger knows of one run."""

    job: str
    key: str
    state: str
    generation: int = 1
    attempts: int = 1
    execution: str = ""
    application: str = ""
    since: str = ""
    ended: str = ""
    by: str = ""
    cause: str = ""
    jobRun: str = ""  # noqa: N815  as the ledger spells it
    overrides: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`job/key`, as the commands take it."""
        return f"{self.job}/{self.key}"

    @property
    def rows(self) -> Mapping[str, int]:
        """The accounting of the driver's report."""
        rows: Mapping[str, int] = self.report.get("rows") or {}
        return rows

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of this row."""
        return {
            "job": self.job,
            "run_key": self.key,
            "state": self.state,
            "by": self.by or None,
            "generation": self.generation,
            "attempts": self.attempts,
            "since": self.since,
            "ended": self.ended or None,
            "cause": self.cause or None,
            "execution": self.execution,
            "application": self.application,
            "job_run": self.jobRun or None,
            "overrides": dict(self.overrides) or None,
            "rows": dict(self.rows) or None,
            "report": dict(self.report) or None,
        }


@dataclass(frozen=True)
class Ledger:
    """The ledger table of one environment."""

    cloud: Cloud

    @property
    def table(self) -> str:
        """The table's name."""
        return self.cloud.output("base", "LedgerName")

    def run(self, job: str, key: str) -> RunRow | None:
        """The row of one run, or None when that key never ran."""
        item = self.item(f"job#{job}", f"run#{key}")
        return _row(item) if item else None

    def lock(self, job: str) -> dict[str, Any] | None:
        """Who holds the job's lock now: {execution, key}, or None."""
        item = self.item(f"job#{job}", "lock")
        return plain(item) if item else None

    def item(self, partition: str, sort: str) -> Mapping[str, Any] | None:
        """Any row, as DynamoDB has it; None when it is not there."""
        return self.cloud.dynamodb.get_item(
            TableName=self.table, Key=key_of(partition, sort), ConsistentRead=True
        ).get("Item")

    def runs(self, job: str) -> list[RunRow]:
        """Every run of `job`, newest first."""
        return sorted(self._read(job), key=lambda row: row.since, reverse=True)

    def runs_of(self, jobs: Iterable[str]) -> list[RunRow]:
        """Every run of these jobs, newest first."""
        self.cloud.output("base", "LedgerName")  # read once, before the threads ask for it
        with ThreadPoolExecutor(READERS) as pool:
            found = [row for rows in pool.map(self.runs, jobs) for row in rows]
        return sorted(found, key=lambda row: row.since, reverse=True)

    def items(self, partition: str, sort: str) -> Iterator[Mapping[str, Any]]:
        """Every row of a partition whose sort key begins so, in the order of the sort keys."""
        pages = self.cloud.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={":pk": {"S": partition}, ":sk": {"S": sort}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def _read(self, job: str) -> Iterator[RunRow]:
        yield from (_row(item) for item in self.items(f"job#{job}", "run#"))


def key_of(partition: str, sort: str) -> dict[str, Any]:
    """The key of a row, as DynamoDB takes it."""
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """A DynamoDB item of strings and numbers as a plain dict."""
    return {
        name: int(value["N"]) if "N" in value else next(iter(value.values()))
        for name, value in item.items()
    }


def _row(item: Mapping[str, Any]) -> RunRow:
    row = plain(item)
    known = {name: row[name] for name in RunRow.__dataclass_fields__ if name in row}
    for text in ("overrides", "report"):
        known[text] = json.loads(row[text]) if row.get(text) else {}
    known["key"] = row["sk"].removeprefix("run#")
    known["job"] = row["pk"].removeprefix("job#")
    return RunRow(**known)
