"""Snapshots of templates: `python -m sparkrail.testing.snapshots [JOB ...]` writes them anew.

What a job makes is kept in the job's own folder, `tests/snapshots/<environment>.json`, so that
adding or deleting a job touches nothing else; everything else is in the project's
`tests/snapshots/<environment>/<stack>.json`. Applications and databases are there because a job
needs them, so they are kept with the jobs. The jobs that nobody writes follow from all of a team's
tables and topics, so they are in none: a job with a new table would change what belongs to others.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sparkmodel.names import maintenance_name, topics_name
from sparkrail.testing.assembly import StackTemplate, stack_templates
from sparkrail.testing.normal import as_text, normal

COMMAND = "python -m sparkrail.testing.snapshots"

_FOR_JOBS = ("AWS::EMRServerless::Application", "AWS::Glue::Database")
_DATABASE = "AWS::Glue::Database"
_APPLICATION = "AWS::EMRServerless::Application"
_FIRST_SHARD = "-0"


def expected_snapshots(root: Path, stacks: Iterable[StackTemplate]) -> dict[Path, str]:
    """Say what every snapshot should be, by file.

    Args:
        root: The project's folder.
        stacks: Templates of all environments.
    """
    stacks = list(stacks)
    jobs = {folder.parent.name for folder in root.glob("spark_jobs/*/job.toml")}
    shared = {
        root / "tests" / "snapshots" / stack.environment / f"{stack.part}.json": _rest(stack, jobs)
        for stack in stacks
        if _is_kept(stack)
    }
    fragments = {
        root / "spark_jobs" / job / "tests" / "snapshots" / f"{environment}.json": fragment
        for job in sorted(jobs)
        for environment, fragment in _fragments(job, stacks)
    }
    return {file: as_text(normal(each)) for file, each in (shared | fragments).items()}


def kept_snapshots(root: Path) -> list[Path]:
    """List the snapshots that are there."""
    folders = ("tests/snapshots/*/*.json", "spark_jobs/*/tests/snapshots/*.json")
    return sorted(file for pattern in folders for file in root.glob(pattern))


def write_snapshots(root: Path, jobs: Collection[str] | None = None) -> list[Path]:
    """Synthesize the project and write its snapshots; delete those of what is gone.

    Args:
        root: The project's folder.
        jobs: Write those of these jobs only. Default: write all.

    Returns:
        What was written anew.

    Raises:
        CalledProcessError: The project cannot be synthesized; the reason is on standard error.
    """
    expected = expected_snapshots(root, synthesize(root))
    if jobs is not None:
        folders = [root / "spark_jobs" / job for job in jobs]
        expected = {
            file: text
            for file, text in expected.items()
            if any(file.is_relative_to(folder) for folder in folders)
        }
    else:
        for stale in set(kept_snapshots(root)) - set(expected):
            stale.unlink()
    return [file for file, text in sorted(expected.items()) if _write(file, text)]


def synthesize(root: Path) -> list[StackTemplate]:
    """Synthesize all environments of a project into a folder that is thrown away.

    Args:
        root: The project's folder, with app.py.
    """
    with tempfile.TemporaryDirectory(prefix="sparkrail-") as folder:
        surroundings = {**os.environ, "CDK_OUTDIR": folder, "SPARKRAIL_ENVIRONMENT": ""}
        subprocess.run([sys.executable, "app.py"], cwd=root, env=surroundings, check=True)
        return stack_templates(Path(folder))


def _write(file: Path, text: str) -> bool:
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return True


def _is_kept(stack: StackTemplate) -> bool:
    """Later shards of a team hold nothing but jobs."""
    return not stack.part.startswith("jobs-") or stack.part.endswith(_FIRST_SHARD)


def _rest(stack: StackTemplate, jobs: Collection[str]) -> dict[str, Any]:
    """A template without what is there because of jobs."""
    gone = {id_ for job in [*jobs, *_generated(stack)] for id_ in stack.of_job(job)}
    gone |= {id_ for id_, each in stack.resources.items() if each["Type"] in _FOR_JOBS}
    outputs = {
        name: each
        for name, each in stack.template.get("Outputs", {}).items()
        if name.removesuffix("Id") not in gone
    }
    resources = {id_: each for id_, each in stack.resources.items() if id_ not in gone}
    return {**stack.template, "Resources": resources, "Outputs": outputs}


def _generated(stack: StackTemplate) -> list[str]:
    """The jobs of a team's first shard that nobody has written."""
    if not stack.part.startswith("jobs-"):
        return []
    team = stack.part.removeprefix("jobs-").removesuffix(_FIRST_SHARD)
    return [maintenance_name(team), topics_name(team)]


def _fragments(job: str, stacks: list[StackTemplate]) -> Iterator[tuple[str, dict[str, Any]]]:
    for stack in stacks:
        if own := stack.of_job(job):
            others = [each for each in stacks if each.environment == stack.environment]
            yield stack.environment, {"Resources": own | dict(_needed(own, others))}


def _needed(
    own: Mapping[str, Any], stacks: list[StackTemplate]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Applications and databases that a job's resources name."""
    text = as_text(dict(own))
    for stack in stacks:
        for id_, each in stack.resources.items():
            if each["Type"] == _APPLICATION and id_ in text:
                yield id_, each
            if each["Type"] == _DATABASE and _names_database(text, each):
                yield id_, each


def _names_database(text: str, database: Mapping[str, Any]) -> bool:
    name = database["Properties"]["DatabaseInput"]["Name"]
    return f':database/{name}"' in text


def main() -> int:
    """Write the snapshots of the project in the current folder."""
    jobs = sys.argv[1:] or None
    for file in write_snapshots(Path.cwd(), jobs):
        print(f"wrote {file.relative_to(Path.cwd())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
