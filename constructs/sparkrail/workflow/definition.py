"""The whole machine of a batch job."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sparkmodel import Job
from sparkrail.kafka.brokers import broker_arguments, find_brokers
from sparkrail.names import Names
from sparkrail.workflow.asl import States
from sparkrail.workflow.begin import begin
from sparkrail.workflow.claim import claim, waits_for
from sparkrail.workflow.ending import ending
from sparkrail.workflow.failure import cause
from sparkrail.workflow.publish import first_step, publish
from sparkrail.workflow.record import mark_failed, record
from sparkrail.workflow.report import report
from sparkrail.workflow.run import next_attempt, run, run_arguments

_DAY_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class BatchRun:
    """What a machine starts.

    Args:
        entry_point: Where the file is that Spark runs.
        spark_submit: Parameters of spark-submit.
        arguments: Of the job, the same in every run, as quoted literals.
    """

    entry_point: str
    spark_submit: str
    arguments: Sequence[str]


def states(job: Job, what: BatchRun, *, names: Names) -> States:
    """Write the states of a job's machine.

    A successful run passes eight: Begin, Scheduled (or another that says who started it), Claim,
    Run, Report, Record, Publish, Close. One that talks to Kafka asks for the brokers before Run.

    Args:
        job: What runs.
        what: What it starts.
        names: Of the environment.
    """
    team = names.environment.teams[job.team]
    first = "Brokers" if job.needs_brokers else "Run"
    brokers = broker_arguments() if job.needs_brokers else ()
    tables = [output.table for _, output in sorted(job.outputs.items())]
    return {
        **begin(then="Claim", waits=bool(waits_for(job))),
        **claim(job, then=first, failed="Notify"),
        **(find_brokers(then="Run", failed="MarkFailed") if job.needs_brokers else {}),
        **run(
            job,
            submit={
                "EntryPoint": what.entry_point,
                "SparkSubmitParameters": what.spark_submit,
            },
            arguments=[*what.arguments, *brokers, *run_arguments(job)],
            role_arn=names.role_arn(job.name, "job"),
            tags=tags(job, names),
            queue_minutes=team.queue_minutes,
            then="Report",
            failed="FailureReport",
        ),
        **cause(job, queue_minutes=team.queue_minutes, then="AttemptFailed"),
        **next_attempt(job, run_again=first, give_up="MarkFailed"),
        **report(job, then="Record"),
        **record(job, tables=tables, then=first_step(tables), failed="MarkFailed"),
        **publish(
            job,
            tables=tables,
            source=names.prefix,
            bus=names.bus,
            command=f"sparkrail runs {job.name}",
            failed="Notify",
        ),
        "MarkFailed": mark_failed(job, then="Notify"),
        **ending(
            job,
            topic_arn=names.alarm_topic_arn,
            subject=f"{names.machine(job.name)} failed",
        ),
    }


def definition(job: Job, what: BatchRun, *, names: Names) -> str:
    """Write the machine as JSON; `${Name}` in it is filled in by the deploy.

    Args:
        job: What runs.
        what: What it starts.
        names: Of the environment.
    """
    team = names.environment.teams[job.team]
    attempt_seconds = (team.queue_minutes + job.run.timeout_minutes) * 60
    machine = {
        "Comment": job.description or f"Runs {job.name}.",
        "StartAt": "Begin",
        "TimeoutSeconds": job.run.attempts * attempt_seconds + _DAY_SECONDS,
        "States": states(job, what, names=names),
    }
    return json.dumps(machine, separators=(",", ":"))


def tags(job: Job, names: Names) -> Mapping[str, str]:
    """Tag the runs of a job, for the bill and for those who look for them.

    Args:
        job: What runs.
        names: Of the environment.
    """
    environment = names.environment
    return {
        "project": environment.project,
        "environment": environment.name,
        "team": job.team,
        "job": job.name,
    }
