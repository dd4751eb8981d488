"""Which refusal a failed run died of, and the line of job.toml that would have allowed it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sparklaptop.roles.memory import Denial

WORD = "AccessDenied: "
"""What a run's state details begin with when it failed for want of a permission."""

_EVIDENCE = re.compile(
    r"[Nn]ot authorized|Access ?[Dd]enied|AccessControlException|Forbidden|\b403\b"
    r"|AuthorizationException|SaslAuthenticationException"
    r"|KMS\S*Exception|is (?:disabled|pending deletion)|may not"
)
_WAREHOUSE = re.compile(r"warehouse/([^/]+)/([^/]+)/")
_OTHERS = 2
# What a declared topic gives a job.
_CONSUMES = tuple(
    f"kafka-cluster:{word}"
    for word in (
        *("AlterGroup", "Connect", "DescribeGroup", "DescribeTopic"),
        *("DescribeTopicDynamicConfiguration", "ReadData"),
    )
)
_READS = ("s3:GetObject", "s3:ListBucket")


def is_about_access(words: str) -> bool:
    """Whether a run's last words speak of a refusal."""
    return _EVIDENCE.search(words) is not None


def sentence(denials: Sequence[Denial]) -> str | None:
    """Say what the last refusal was that matters; None if there was none.

    >>> sentence([Denial("dev-sales-job", "00f1", "s3:GetObject", "arn:aws:s3:::b/in/a.csv", "")])
    'AccessDenied: dev-sales-job may not s3:GetObject on arn:aws:s3:::b/in/a.csv. \
Declare it in job.toml, under [inputs]: NAME = { path = "s3://b/in/" }'
    """
    found = [each for each in reversed(denials) if not _is_noise(each)]
    if not found:
        return None
    last = found[0]
    said = f"{WORD}{last.role} may not {last.action} on {last.resource}"
    explicit = "explicit deny" in last.why or " the key " in last.why
    said += f" {last.why}." if explicit else f". Declare it in job.toml, {_line(last)}"
    before = dict.fromkeys(f"{each.action} on {each.resource}" for each in found)
    others = [text for text in before if text != f"{last.action} on {last.resource}"][:_OTHERS]
    return f"{said} (refused before: {', '.join(others)})" if others else said


def _is_noise(denial: Denial) -> bool:
    """What Spark tries and does without: parent markers, its own logs, the default database."""
    if denial.action.startswith(("logs:", "cloudwatch:")):
        return True
    if denial.action == "s3:DeleteObject" and denial.resource.endswith("/"):
        return True
    return denial.resource.endswith(":database/default")


def _line(denial: Denial) -> str:
    action, resource = denial.action, denial.resource
    if action in _CONSUMES:
        return f'under [inputs]: NAME = {{ topic = "{_topic(resource)}" }}'
    if table := _table(denial):
        section = "inputs" if _reads(action) else "outputs"
        return f'under [{section}]: NAME = {{ table = "{table}" }}'
    if action in _READS and resource.startswith("arn:aws:s3:::"):
        bucket, _, key = resource.removeprefix("arn:aws:s3:::").partition("/")
        folder = key.rpartition("/")[0]
        path = f"s3://{bucket}/{folder}/" if folder else f"s3://{bucket}/"
        return f'under [inputs]: NAME = {{ path = "{path}" }}'
    return (
        f'as: iam = [{{ reason = "why the job needs it", actions = ["{action}"], '
        f'resources = ["{resource}"] }}]'
    )


def _topic(resource: str) -> str:
    """The topic that a refusal is about; only a topic's own resource says it."""
    kind, *names = resource.rpartition(":")[2].split("/")
    return names[-1] if kind == "topic" else "TOPIC"


def _reads(action: str) -> bool:
    return action.split(":")[1].startswith(("Get", "List", "BatchGet"))


def _table(denial: Denial) -> str | None:
    """The table as its contract calls it; None if the refusal is about no table."""
    if found := _WAREHOUSE.search(denial.resource):
        return f"{found[1]}.{found[2]}"
    kind, _, path = denial.resource.rpartition(":")[2].partition("/")
    if kind != "table" or "/" not in path or not denial.action.startswith("glue:"):
        return None
    database, _, name = path.partition("/")
    # Databases and roles of an environment begin alike: `dev_health`, `dev-sales-job`.
    pairs = enumerate(zip(database, denial.role.replace("-", "_"), strict=False))
    differs = next((at for at, (one, other) in pairs if one != other), len(database))
    return f"{database[database.rfind('_', 0, differs) + 1 :]}.{name}"
