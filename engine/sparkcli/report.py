"""The driver's report, and how it looks on the screen."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sparkcli.cloud import Cloud
from sparkcli.screen import Screen, table
from sparkjob.audit.findings import Finding

COUNTS = ("read", "used", "excluded", "quarantined", "written")


def read_report(cloud: Cloud, *, job: str, key: str, generation: int) -> Mapping[str, Any]:
    """The report of the last attempt of a run; empty when its driver wrote none."""
    bucket = cloud.output("lake", "LogsBucketName")
    stem = f"reports/{job}/{key}-{generation}-"
    listed = cloud.s3.list_objects_v2(Bucket=bucket, Prefix=stem).get("Contents", [])
    attempts = [
        (int(match[1]), entry["Key"])
        for entry in listed
        if (match := re.fullmatch(rf"{re.escape(stem)}(\d+)\.json", entry["Key"]))
    ]
    if not attempts:
        return {}
    body = cloud.s3.get_object(Bucket=bucket, Key=max(attempts)[1])["Body"].read()
    report: dict[str, Any] = json.loads(body)
    return report


def counts(report: Mapping[str, Any]) -> dict[str, int] | None:
    """The five counts of the accounting, or None when the driver did not come that far."""
    rows = report.get("rows") or {}
    return {name: rows[name] for name in COUNTS if name in rows} or None


def show_report(screen: Screen, report: Mapping[str, Any]) -> None:
    """Print the accounting and what was suspicious."""
    rows = counts(report)
    if rows:
        screen.result(table(list(rows), [[f"{n:,}" for n in rows.values()]], title="Rows"))
        screen.result(accounting_sentence(rows))
    for finding in report.get("suspicious", []):
        screen.result(f"Suspicious: {Finding(**finding)}")


def accounting_sentence(rows: Mapping[str, int]) -> str:
    """That every row that was read is accounted for, or by how many it is not.

    >>> accounting_sentence({"read": 5, "used": 3, "excluded": 1, "quarantined": 1})
    'read 5 = used 3 + excluded 1 + quarantined 1'
    """
    parts = {name: rows.get(name, 0) for name in ("used", "excluded", "quarantined")}
    read = rows.get("read", 0)
    sign = "=" if read == sum(parts.values()) else "is not"
    return f"read {read:,} {sign} " + " + ".join(f"{n} {value:,}" for n, value in parts.items())
