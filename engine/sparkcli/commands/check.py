"""`sparkrail check`: every manifest, contract and environment, and what they add up to."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.errors import CallError
from sparkcli.screen import Screen, facts, table
from sparkcli.target import EnvOption, JsonOption
from sparkcli.triggers import next_fires, notes, starts
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkmodel import Environment, Job


def check(
    job: Annotated[
        str | None, typer.Argument(metavar="[JOB]", help="One job in place of all.")
    ] = None,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Check config/, tables/ and spark_jobs/ for every environment; show what they say."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    _load(workspace)
    jobs = [workspace.job(job)] if job else list(workspace.jobs.values())
    now = datetime.now(UTC)
    documents = [_job_document(each, workspace, now) for each in jobs]
    capacity = _capacity(workspace)
    screen.document(
        {
            "environment": workspace.environment.name,
            "environments": sorted(workspace.project.environments),
            "tables": sorted(workspace.project.tables),
            "jobs": documents,
            "applications": capacity,
        }
    )
    if job:
        told = {name: _words(value) for name, value in documents[0].items()}
        screen.result(facts({name: words for name, words in told.items() if words}))
    else:
        _show(screen, documents, capacity)
        for document in documents:
            for note in document["notes"]:
                screen.result(f"Note on {document['job']}: {note}")
    counts = f"jobs {len(workspace.jobs)}, tables {len(workspace.project.tables)}"
    everywhere = ", ".join(sorted(workspace.project.environments))
    screen.result(f"No problem found: {counts}, environments: {everywhere}.")
    first = documents[0]["job"] if documents else None
    screen.next(f"run {first}{workspace.target.option}" if first else "new job my_job")


def _load(workspace: Workspace) -> None:
    """Read every manifest; a problem becomes an error whose document lists them one by one."""
    from sparkmodel import ManifestError, load_project  # noqa: PLC0415

    try:
        load_project(workspace.root)
    except ManifestError as error:
        raise CallError(
            str(error), document={"problems": [vars(problem) for problem in error.problems]}
        ) from None


def _job_document(job: "Job", workspace: Workspace, now: datetime) -> dict[str, Any]:
    spark, interval = job.spark, job.interval
    return {
        "job": job.name,
        "team": job.team,
        "description": job.description,
        "trigger": starts(job),
        "timezone": job.trigger.timezone if job.trigger else None,
        "next": next_fires(job, now),
        "overlap": job.overlap,
        "interval": {"every": interval.every, "lookback": interval.lookback} if interval else None,
        "inputs": {name: given.path or given.table for name, given in job.inputs.items()},
        "outputs": {name: output.table for name, output in job.outputs.items()},
        "parameters": {
            name: f"{given.type}, default {given.text}" for name, given in job.parameters.items()
        },
        "driver": str(spark.driver),
        "executor": str(spark.executor),
        "max_executors": spark.max_executors,
        "vcpu": spark.vcpu,
        "release": spark.release,
        "architecture": spark.architecture,
        "notes": notes(job, workspace.project.tables, now),
    }


def _capacity(workspace: Workspace) -> list[dict[str, Any]]:
    """What each application may take: one per team, release and architecture that jobs name."""
    environment = workspace.environment
    members: dict[tuple[str, str, str], list[Job]] = defaultdict(list)
    for job in workspace.jobs.values():
        members[job.team, job.spark.release, job.spark.architecture].append(job)
    return [_application(environment, key, jobs) for key, jobs in sorted(members.items())]


def _application(
    environment: "Environment", key: tuple[str, str, str], jobs: "list[Job]"
) -> dict[str, Any]:
    team = environment.teams[key[0]]
    largest = sorted((job.spark.vcpu for job in jobs), reverse=True)[: team.concurrent_runs]
    return {
        "team": key[0],
        "release": key[1],
        "architecture": key[2],
        "jobs": len(jobs),
        "concurrent_runs": team.concurrent_runs,
        "peak_vcpu": sum(largest),
        "max_vcpu": team.max_vcpu,
        "account_vcpu": environment.quotas.vcpu,
    }


def _words(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name} = {_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _show(screen: Screen, documents: list[dict[str, Any]], capacity: list[dict[str, Any]]) -> None:
    cells = [
        [
            line["job"],
            line["team"],
            line["trigger"],
            line["next"][0] if line["next"] else "",
            line["executor"],
            line["max_executors"],
            line["vcpu"],
        ]
        for line in documents
    ]
    columns = ["job", "team", "trigger", "next", "worker", "executors", "vCPU"]
    screen.result(table(columns, cells))
    if capacity:
        screen.result()
        screen.result(table(list(capacity[0]), [list(line.values()) for line in capacity]))
