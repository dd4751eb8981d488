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
    from sparkmodel.capacity import ApplicationKey


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
    capacity, topics = _capacity(workspace), _topics(workspace)
    screen.document(
        {
            "environment": workspace.environment.name,
            "environments": sorted(workspace.project.environments),
            "tables": sorted(workspace.project.tables),
            "topics": topics,
            "jobs": documents,
            "applications": capacity,
        }
    )
    if job:
        told = {name: _words(value) for name, value in documents[0].items()}
        screen.result(facts({name: words for name, words in told.items() if words}))
    else:
        _show(screen, documents, capacity)
        _show_topics(screen, topics)
        for document in documents:
            for note in document["notes"]:
                screen.result(f"Note on {document['job']}: {note}")
    counts = f"jobs {len(workspace.jobs)}, tables {len(workspace.project.tables)}"
    counts += f", topics {len(topics)}" if topics else ""
    everywhere = ", ".join(sorted(workspace.project.environments))
    screen.result(f"No problem found: {counts}, environments: {everywhere}.")
    first = next((each.name for each in jobs if each.stream is None), None)
    screen.next(f"run {first}{workspace.target.option}" if first else workspace.new_job)


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
        "overlap": job.overlap if job.stream is None else None,
        "interval": {"every": interval.every, "lookback": interval.lookback} if interval else None,
        "inputs": {
            name: given.path or given.table or f"topic {given.topic}"
            for name, given in job.inputs.items()
        },
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


def _topics(workspace: Workspace) -> list[dict[str, Any]]:
    """What each topic is, and which of the environment's streams read it."""
    readers: dict[str, list[str]] = defaultdict(list)
    for job in workspace.jobs.values():
        if job.topic:
            readers[job.topic].append(job.name)
    here = workspace.environment.kafka.mode != "none"
    return [
        {
            "topic": name,
            "owner": topic.owner,
            "made_by": f"topics_{topic.owner}" if here else None,
            "partitions": topic.partitions,
            "retention_hours": topic.retention_hours,
            "cleanup": topic.cleanup,
            "streams": sorted(readers[name]),
        }
        for name, topic in sorted(workspace.project.topics.items())
    ]


def _capacity(workspace: Workspace) -> list[dict[str, Any]]:
    """What each application may take: one per team, purpose, release and architecture."""
    from sparkmodel.capacity import applications  # noqa: PLC0415

    groups = applications(workspace.jobs.values())
    return [_application(workspace.environment, key, jobs) for key, jobs in groups.items()]


def _application(
    environment: "Environment", key: "ApplicationKey", jobs: "tuple[Job, ...]"
) -> dict[str, Any]:
    from sparkmodel.capacity import streams_capacity  # noqa: PLC0415

    team, each = environment.teams[key.team], [job.spark.vcpu for job in jobs]
    streams = key.purpose == "Stream"
    largest = each if streams else sorted(each, reverse=True)[: team.concurrent_runs]
    return {
        "team": key.team,
        "purpose": key.purpose,
        "release": key.release,
        "architecture": key.architecture,
        "jobs": len(jobs),
        "concurrent_runs": len(jobs) if streams else team.concurrent_runs,
        "peak_vcpu": sum(largest),
        "max_vcpu": streams_capacity(jobs).vcpu if streams else team.max_vcpu,
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


def _show_topics(screen: Screen, topics: list[dict[str, Any]]) -> None:
    if not topics:
        return
    columns = ["topic", "owner", "partitions", "retention hours", "streams"]
    cells = [
        [one["topic"], one["owner"], one["partitions"], one["retention_hours"],
         ", ".join(one["streams"]) or ("" if one["made_by"] else "not in this environment")]
        for one in topics
    ]  # fmt: skip
    screen.result()
    screen.result(table(columns, cells))
