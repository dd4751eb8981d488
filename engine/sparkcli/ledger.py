"""The run ledger, read."""

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sparkcli.cloud import Cloud

TERMINAL = frozenset({"SUCCEEDED", "FAILED"})
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
    cause: str = ""
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
            "generation": self.generation,
            "attempts": self.attempts,
            "since": self.since,
            "ended": self.ended or None,
            "cause": self.cause or None,
            "execution": self.execution,
            "application": self.application,
            "rows": dict(self.rows) or None,
            "report": dict(self.report) or None,
        }


@dataclass(frozen=True)
class Ledger:
    """The ledger table of one environment."""

    cloud: Cloud

    @property
    def _table(self) -> str:
        return self.cloud.output("base", "LedgerName")

    def run(self, job: str, key: str) -> RunRow | None:
        """The row of one run, or None when that key never ran."""
        item = self.cloud.dynamodb.get_item(
            TableName=self._table, Key=_key(job, f"run#{key}"), ConsistentRead=True
        ).get("Item")
        return _row(item) if item else None

    def lock(self, job: str) -> dict[str, Any] | None:
        """Who holds the job's lock now: {execution, key}, or None."""
        item = self.cloud.dynamodb.get_item(
            TableName=self._table, Key=_key(job, "lock"), ConsistentRead=True
        ).get("Item")
        return _plain(item) if item else None

    def runs(self, job: str) -> list[RunRow]:
        """Every run of `job`, newest first."""
        return sorted(self._read(job), key=lambda row: row.since, reverse=True)

    def runs_of(self, jobs: Iterable[str]) -> list[RunRow]:
        """Every run of these jobs, newest first."""
        self.cloud.output("base", "LedgerName")  # read once, before the threads ask for it
        with ThreadPoolExecutor(READERS) as pool:
            found = [row for rows in pool.map(self.runs, jobs) for row in rows]
        return sorted(found, key=lambda row: row.since, reverse=True)

    def _read(self, job: str) -> Iterator[RunRow]:
        pages = self.cloud.dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :run)",
            ExpressionAttributeValues={":pk": {"S": f"job#{job}"}, ":run": {"S": "run#"}},
        )
        for page in pages:
            yield from (_row(item) for item in page["Items"])


def _key(job: str, sort: str) -> dict[str, Any]:
    return {"pk": {"S": f"job#{job}"}, "sk": {"S": sort}}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """A DynamoDB item of strings and numbers as a plain dict."""
    return {
        name: int(value["N"]) if "N" in value else next(iter(value.values()))
        for name, value in item.items()
    }


def _row(item: Mapping[str, Any]) -> RunRow:
    plain = _plain(item)
    report = json.loads(plain["report"]) if plain.get("report") else {}
    known = {name: plain[name] for name in RunRow.__dataclass_fields__ if name in plain}
    known["key"] = plain["sk"].removeprefix("run#")
    known["job"] = plain["pk"].removeprefix("job#")
    return RunRow(**{**known, "report": report})
