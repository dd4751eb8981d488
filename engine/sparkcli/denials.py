"""Calls that a run's role did not allow, and the lines of job.toml that allow them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sparkcli.cloud import Cloud
from sparkcli.laptop_door import denials as denied_on_laptop
from sparkcli.ledger import RunRow
from sparkcli.screen import Screen
from sparkcli.workspace import Workspace

_OURS = re.compile(
    r"AccessDenied: (?P<role>\S+) may not (?P<action>[a-z0-9-]+:\w+) on "
    r"(?P<resource>\S+?)\.?(?=\s|$)"
)
_OF_AWS = re.compile(
    r"assumed-role/(?P<role>[^/\s]+)/\S+ is not authorized to perform: "
    r"(?P<action>[a-z0-9-]+:\w+)(?: on resource: \"?(?P<resource>[^\s\"]+)\"?)?"
)
_OF_S3A = re.compile(r"Access denied: (?P<call>\w+) on s3[an]?://(?P<place>[^\s:]+)")
_ACTIONS_OF_S3A = (("delete", "s3:DeleteObject"), ("list", "s3:ListBucket"))
_READS_OF_S3A = ("getFileStatus", "open", "read", "reopen")


@dataclass(frozen=True)
class Denial:
    """A call that was denied.

    Args:
        role: Name of the role.
        action: Such as s3:GetObject.
        resource: ARN, or "*" where the service did not say.
    """

    role: str
    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.role} may not {self.action} on {self.resource}"


def denials_in(text: str) -> list[Denial]:
    """The denials that a text tells of, each once, in the words of AWS or of the laptop.

    >>> denials_in("AccessDenied: shop-dev-sales-job may not s3:GetObject on arn:aws:s3:::b/k.")
    [Denial(role='shop-dev-sales-job', action='s3:GetObject', resource='arn:aws:s3:::b/k')]
    """
    found = (match for pattern in (_OURS, _OF_AWS) for match in pattern.finditer(text))
    return list(dict.fromkeys(Denial(m["role"], m["action"], m["resource"] or "*") for m in found))


def denials_of(cloud: Cloud, row: RunRow, *texts: str) -> list[Denial]:
    """The denials of a run: what it said last and, on the laptop, what was noted of its calls.

    Args:
        cloud: Where it ran.
        row: The run.
        texts: More that it said.
    """
    error = row.report.get("error") or {}
    text = "\n".join([row.cause, str(error.get("message", "")), *texts])
    said = denials_in(text) or list(_questions(text, cloud, row))
    if not said:
        return []
    # A HEAD that is denied has no words, so the text may name fewer calls than were denied.
    noted = denied_on_laptop(cloud, row.jobRun) if row.jobRun else []
    return list(dict.fromkeys([*said, *_noted(noted)]))


def told_denials(
    screen: Screen, workspace: Workspace, cloud: Cloud, row: RunRow, *texts: str
) -> list[dict[str, str]]:
    """Say what was denied to a run and what to write into its manifest; the same for `--json`.

    Args:
        screen: Gets two lines per denial, or none.
        workspace: Has the job.
        cloud: Where it ran.
        row: The run.
        texts: More that it said.
    """
    found = denials_of(cloud, row, *texts)
    if not found:
        return []
    told = []
    for denial in found:
        lines = _lines(workspace, cloud, row.job, denial)
        screen.say(f"Denied: {denial}.", style="yellow")
        screen.say(f"To allow it, add to spark_jobs/{row.job}/job.toml:\n{lines}")
        told.append({**vars(denial), "add": lines})
    return told


def _questions(text: str, cloud: Cloud, row: RunRow) -> Iterator[Denial]:
    """What Spark asked of S3 when S3 did not say what was denied: it has no words for a HEAD."""
    partition = row.execution.split(":")[1] if row.execution else "aws"
    for call, place in dict.fromkeys(match.groups() for match in _OF_S3A.finditer(text)):
        yield Denial(
            f"{cloud.names.environment.prefix}-{row.job}-job",
            _action(call),
            f"arn:{partition}:s3:::{place}",
        )


def _action(call: str) -> str:
    """The permission that a call of S3A needs.

    >>> [_action(call) for call in ("getFileStatus", "listObjects", "PUT", "deleteObject")]
    ['s3:GetObject', 's3:ListBucket', 's3:PutObject', 's3:DeleteObject']
    """
    if call in _READS_OF_S3A:
        return "s3:GetObject"
    known = (action for start, action in _ACTIONS_OF_S3A if call.startswith(start))
    return next(known, "s3:PutObject")


def _lines(workspace: Workspace, cloud: Cloud, job: str, denial: Denial) -> str:
    from sparkmodel.permissions import Places, lines_to_add  # noqa: PLC0415

    places = Places(
        raw_bucket=cloud.output("lake", "RawBucketName"),
        lake_bucket=cloud.output("lake", "LakeBucketName"),
        database_prefix=workspace.environment.database_prefix,
    )
    return lines_to_add(denial.action, denial.resource, job=workspace.job(job), places=places)


def _noted(noted: Iterable[dict[str, Any]]) -> Iterator[Denial]:
    for each in noted:
        role = str(each.get("role", "")).rpartition("/")[2]
        yield Denial(role, str(each.get("action", "")), str(each.get("resource", "*")))
