"""What the jobs of a team share."""

from __future__ import annotations

from dataclasses import replace

from constructs import Construct

from sparkmodel.capacity import ApplicationKey, applications
from sparkrail.fragment import Resource, Resources, include, resource
from sparkrail.identity.job_role import team_job_statements
from sparkrail.identity.machine_role import team_machine_statements
from sparkrail.identity.statements import managed_policy
from sparkrail.identity.trigger_role import team_trigger_statements
from sparkrail.jobs.application import Application
from sparkrail.jobs.shards import Shard
from sparkrail.names import Names
from sparkrail.observability.stream_metrics import metric_filters
from sparkrail.platform import PURPOSES, Platform, TeamRoom
from sparkrail.references import attribute, reference


class Team(Construct):
    """A team's applications, log groups, group of schedules, and what all of its roles may do.

    Args:
        shard: The team's first shard; it names the team and all of its jobs.
        platform: Gives keys, names and limits.

    Attributes:
        room: For the platform of the jobs in the same stack.
    """

    def __init__(self, scope: Construct, id_: str, *, shard: Shard, platform: Platform) -> None:
        super().__init__(scope, id_)
        names, team = platform.names, shard.team
        group = {"Name": names.schedule_group(team)}
        statements = {
            "jobs": team_job_statements(team, platform),
            "machines": team_machine_statements(platform),
            "triggers": team_trigger_statements(platform),
        }
        include(
            self,
            {
                "MachineLogs": _log_group(names.machine_logs(team), platform),
                "DriverLogs": _log_group(names.driver_logs(team), platform),
                **_metrics(shard, names),
                "Schedules": resource("AWS::Scheduler::ScheduleGroup", group),
                **{
                    _policy_id(purpose): managed_policy(
                        f"What all {purpose} of {team} may do",
                        statements[purpose],
                        name=names.team_policy(team, purpose),
                    )
                    for purpose in PURPOSES
                },
            },
        )
        self.room = TeamRoom(
            schedule_group=reference("Schedules"),
            machine_logs=attribute("MachineLogs", "Arn"),
            policies={purpose: reference(_policy_id(purpose)) for purpose in PURPOSES},
            applications={
                key: Application(
                    self, _application_id(key), key=key, jobs=jobs, platform=platform
                ).application_id
                for key, jobs in applications(shard.team_jobs).items()
            },
        )


def _metrics(shard: Shard, names: Names) -> Resources:
    """A team without streams has no driver that prints metrics."""
    if not any(job.stream for job in shard.team_jobs):
        return {}
    return metric_filters(names, log_group={"Ref": "DriverLogs"})


def _application_id(key: ApplicationKey) -> str:
    purpose = "-streams" if key.purpose == "Stream" else ""
    return f"{key.release}-{key.architecture}{purpose}"


def _keep_alive(scope: Construct, shard: Shard, platform: Platform) -> None:
    """Keep a stack that has no jobs: CDK never deploys an empty one, so its last job would stay."""
    if not shard.jobs:
        name = f"/{platform.names.path}/{shard.team}/shard-{shard.index}"
        parameter = {"Name": name, "Type": "String", "Value": "has no jobs at present"}
        include(Construct(scope, "Empty"), {"Empty": resource("AWS::SSM::Parameter", parameter)})


def _policy_id(purpose: str) -> str:
    return f"Policy{purpose.capitalize()}"


def _log_group(name: str, platform: Platform) -> Resource:
    """Keep logs for as long as the environment says. Deleting the team deletes them.

    A group that outlived its stack would keep its name, and the team could never come back; the log
    bucket has Spark's logs anyhow.
    """
    properties = {
        "LogGroupName": name,
        "KmsKeyId": platform.keys.logs,
        "RetentionInDays": platform.environment.log_retention_days,
    }
    return resource("AWS::Logs::LogGroup", properties)


def with_team(scope: Construct, *, shard: Shard, platform: Platform) -> Platform:
    """Make what a team shares in its first shard; later shards look it up.

    Args:
        scope: The shard's stack.
        shard: Of the team.
        platform: Of the environment.
    """
    if shard.index:
        _keep_alive(scope, shard, platform)
        return platform
    team = Team(scope, "Team", shard=shard, platform=platform)
    return replace(platform, rooms={**platform.rooms, shard.team: team.room})
