"""Names that people choose, and what AWS makes of them.

Every name that a deploy computes is built here from project, environment, team and job, so its
length can be checked before anything is deployed.
"""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Iterator
from typing import Annotated, NamedTuple

from pydantic import AfterValidator

from sparkmodel.base import Text
from sparkmodel.problems import refuse

_UNDERSCORED = re.compile(r"[a-z][a-z0-9_]*")
_DASHED = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PLAIN = re.compile(r"[a-z][a-z0-9]*")
_TOPIC = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*")
_IMPORTED_BY_JOBS = frozenset({"py4j", "pyspark", "sparkjob", "tests"})
_CONTROL_MACHINES = frozenset({"backfill", "keeper"})
_MAINTENANCE = "maintenance_"
_TOPICS = "topics_"
_LONGEST_TOPIC = 249


def job_name_fault(name: str) -> str | None:
    """Say why a job cannot have this name, or None. A job is a Python package of that name.

    >>> job_name_fault("hospital_utilization") is None
    True
    >>> job_name_fault("json")
    'would hide the Python module "json" from every job. Choose another name.'
    """
    if not _UNDERSCORED.fullmatch(name):
        return (
            "is not a job name: a job is a Python package, so its folder has small letters, "
            "digits and _ and begins with a letter."
        )
    if keyword.iskeyword(name):
        return "is a word of the Python language, so no package can have this name."
    if name in sys.stdlib_module_names or name in _IMPORTED_BY_JOBS:
        return f'would hide the Python module "{name}" from every job. Choose another name.'
    if name in _CONTROL_MACHINES:
        return f'is taken: every environment has a "{name}" of its own. Choose another name.'
    return None


def folder_name_fault(name: str) -> str | None:
    """Say why no folder of a job can have this name, or None.

    >>> folder_name_fault("hospital_utilization") is None
    True
    """
    if name.startswith(_MAINTENANCE):
        return (
            f'is taken: names that begin with "{_MAINTENANCE}" are those of the jobs that keep '
            "the tables of a team. Choose another name."
        )
    if name.startswith(_TOPICS):
        return (
            f'is taken: names that begin with "{_TOPICS}" are those of the jobs that make the '
            "topics of a team. Choose another name."
        )
    return job_name_fault(name)


def maintenance_name(team: str) -> str:
    """Name the job that keeps the tables of a team.

    >>> maintenance_name("data-platform")
    'maintenance_data_platform'
    """
    return f"{_MAINTENANCE}{team.replace('-', '_')}"


def topics_name(team: str) -> str:
    """Name the job that makes the topics of a team.

    >>> topics_name("data-platform")
    'topics_data_platform'
    """
    return f"{_TOPICS}{team.replace('-', '_')}"


def _job_name(name: str) -> str:
    if fault := job_name_fault(name):
        raise refuse(fault)
    return name


def _identifier(name: str) -> str:
    if not _UNDERSCORED.fullmatch(name):
        raise refuse("is not a name: small letters, digits and _, beginning with a letter.")
    return name


def _table_name(name: str) -> str:
    database, dot, table = name.partition(".")
    if not (dot and _UNDERSCORED.fullmatch(database) and _UNDERSCORED.fullmatch(table)):
        raise refuse(
            'is not a table: write "database.table", each with small letters, digits and _, '
            "beginning with a letter."
        )
    return name


def _topic_name(name: str) -> str:
    if not _TOPIC.fullmatch(name) or len(name) > _LONGEST_TOPIC:
        raise refuse(
            "is not a topic: small letters, digits and single . _ or - between them, beginning "
            f"with a letter; at most {_LONGEST_TOPIC} characters."
        )
    return name


def _dashed(name: str) -> str:
    if not _DASHED.fullmatch(name):
        raise refuse("is not a name: small letters, digits and single -, beginning with a letter.")
    return name


def _environment_name(name: str) -> str:
    if name == "laptop":
        raise refuse('is taken: "--env laptop" is the cloud on this computer.')
    if not _PLAIN.fullmatch(name):
        raise refuse(
            "is not an environment: small letters and digits, beginning with a letter; no - and "
            "no _, so that the names of two environments in one account never collide."
        )
    return name


JobName = Annotated[Text, AfterValidator(_job_name)]
Identifier = Annotated[Text, AfterValidator(_identifier)]
TableName = Annotated[Text, AfterValidator(_table_name)]
TopicName = Annotated[Text, AfterValidator(_topic_name)]
DashedName = Annotated[Text, AfterValidator(_dashed)]
EnvironmentName = Annotated[Text, AfterValidator(_environment_name)]


class ComputedName(NamedTuple):
    """A name that a deploy will give to something, and the most that AWS takes."""

    what: str
    name: str
    limit: int


def team_names(prefix: str, team: str) -> Iterator[ComputedName]:
    """List the names computed for a team, with AWS's limits in characters."""
    yield ComputedName("the schedule group", f"{prefix}-{team}", 64)
    yield ComputedName("the stack", f"{prefix}-jobs-{team}-000", 128)


def job_names(prefix: str, job: str) -> Iterator[ComputedName]:
    """List the names computed for a job, with AWS's limits in characters."""
    for role in ("job", "machine", "trigger", "files"):
        yield ComputedName("the IAM role", f"{prefix}-{job}-{role}", 64)
    yield ComputedName("the schedule", f"{prefix}-{job}", 64)
    yield ComputedName("the rule of events", f"{prefix}-{job}-queue", 64)
    yield ComputedName("the state machine", f"{prefix}-{job}", 80)
    yield ComputedName("the state machine of files", f"{prefix}-{job}-files", 80)


def too_long(names: Iterator[ComputedName]) -> ComputedName | None:
    """Find the computed name that passes its limit by most characters."""
    worst = max(names, key=lambda each: len(each.name) - each.limit)
    return worst if len(worst.name) > worst.limit else None
