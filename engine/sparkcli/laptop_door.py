"""What only the laptop cloud can be asked: its clock, and which calls it denied."""

import json
from datetime import UTC, datetime
from typing import Any

from sparkcli.cloud import Cloud

SECONDS = 5  # the laptop cloud is on this computer


def now(cloud: Cloud) -> datetime:
    """The time in the cloud: on AWS that of this computer, on the laptop that of its clock."""
    told = _ask(cloud, "clock")
    text = told.get("now") if isinstance(told, dict) else None
    return datetime.fromisoformat(text).astimezone(UTC) if text else datetime.now(UTC)


def denials(cloud: Cloud, session: str) -> list[dict[str, Any]]:
    """The calls that were denied to a session: the id of a job run, or an execution's name."""
    told = _ask(cloud, f"denials?session={session}")
    listed = told.get("denials") if isinstance(told, dict) else told
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _ask(cloud: Cloud, what: str) -> Any:  # noqa: ANN401  JSON is anything
    if cloud.endpoint is None:
        return None
    import urllib.error  # noqa: PLC0415  `--help` does without HTTP
    import urllib.request  # noqa: PLC0415

    try:
        with urllib.request.urlopen(f"{cloud.endpoint}/_sparkrail/{what}", timeout=SECONDS) as got:
            return json.load(got)
    except (urllib.error.URLError, ValueError):
        return None
