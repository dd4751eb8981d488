"""The job that makes the topics of a team: nobody writes it, the contracts of topics make it."""

from __future__ import annotations

from collections.abc import Mapping

from sparkmodel.environment import Environment
from sparkmodel.generated import generated_folder
from sparkmodel.job import Job, Run
from sparkmodel.names import topics_name
from sparkmodel.parameters import Parameter
from sparkmodel.sizing import Worker
from sparkmodel.spark import Spark
from sparkmodel.topic import Topic
from sparkmodel.trigger import Trigger

_TASK = {"task": "apply"}
_WORKER = Worker(vcpu=1, memory_gb=4)
_TIMEOUT_MINUTES = 60


def topics_jobs(topics: Mapping[str, Topic], environment: Environment) -> tuple[Job, ...]:
    """Make the topics job of each team that owns topics, where the environment has brokers.

    Args:
        topics: Contracts by name.
        environment: Says whether it has brokers, and which teams there are.
    """
    if environment.kafka.mode == "none":
        return ()
    owned: dict[str, list[str]] = {}
    for name, topic in sorted(topics.items()):
        if topic.owner in environment.teams:
            owned.setdefault(topic.owner, []).append(name)
    return tuple(_job(team, tuple(owned[team]), environment) for team in sorted(owned))


def _job(team: str, topics: tuple[str, ...], environment: Environment) -> Job:
    return Job(
        name=topics_name(team),
        folder=generated_folder("topics"),
        description=f"Makes the topics of team {team}",
        team=team,
        trigger=_deploy_of(team, environment),
        parameters={name: Parameter(type="string", default=text) for name, text in _TASK.items()},
        spark=Spark(
            driver=_WORKER,
            executor=_WORKER,
            max_executors=1,
            release=environment.release,
            architecture=environment.architecture,
        ),
        run=Run(timeout_minutes=_TIMEOUT_MINUTES),
        manages=topics,
    )


def _deploy_of(team: str, environment: Environment) -> Trigger:
    """Start the job when a stack of the team's jobs has been deployed.

    (CloudFormation user guide, "Event detail for stack status change".)
    """
    stacks = f"{environment.prefix}-jobs-{team}-"
    where = f"{environment.region}:{environment.account}"
    stack = f"arn:{environment.partition}:cloudformation:{where}:stack/{stacks}"
    return Trigger(
        event={
            "source": ["aws.cloudformation"],
            "detail-type": ["CloudFormation Stack Status Change"],
            "detail": {
                "stack-id": [{"prefix": stack}],
                "status-details": {"status": ["CREATE_COMPLETE", "UPDATE_COMPLETE"]},
            },
        }
    )
