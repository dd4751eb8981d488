"""Jobs that nobody writes: a folder of each kind inside sparkjob has their code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from sparkmodel.capacity import job_findings as capacity_findings
from sparkmodel.checks import NAME, job_findings
from sparkmodel.environment import Environment
from sparkmodel.job import Job
from sparkmodel.problems import Finding
from sparkmodel.toml_text import dotted

_FOLDER = "generated"


def generated_folder(kind: str) -> Path:
    """Find the folder that every job of a kind has as its own.

    Args:
        kind: `maintenance` or `topics`.
    """
    spec = find_spec("sparkjob")
    assert spec is not None, "sparkmodel imports it"
    assert spec.origin is not None, "it is a folder with an __init__.py"
    return Path(spec.origin).parent / _FOLDER / kind


def generated_findings(jobs: Iterable[Job], environment: Environment) -> Iterator[Finding]:
    """Say which of them cannot be: the team's name is too long, or its share too small.

    Args:
        jobs: Jobs that nobody has written.
        environment: Where they run.
    """
    for job in jobs:
        for finding in [*job_findings(job, environment), *capacity_findings(job, environment)]:
            what = "" if finding.path == NAME else f" {dotted(finding.path)}"
            text = f"has the {job.folder.name} job {job.name}, whose{what} {finding.text}"
            yield Finding(path=("teams", job.team), text=text, nearest=finding.nearest)
