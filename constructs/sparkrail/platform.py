"""What jobs may use of an environment: its buckets, keys, ledger, network and team rooms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sparkmodel import Environment, Job, Table, Topic
from sparkmodel.capacity import ApplicationKey
from sparkrail.jobs.application import application_output
from sparkrail.kafka.cluster import cluster_arn
from sparkrail.names import Names
from sparkrail.network.workers import Workers
from sparkrail.outputs import published

PURPOSES = ("jobs", "machines", "triggers")
"""Kinds of roles; all of a team's roles of a kind share a policy."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """ARNs of the environment's keys.

    Args:
        data: Encrypts what jobs read and write, the ledger and the disks of workers.
        logs: Encrypts log groups and the log bucket.
        messages: Encrypts state machines, schedules, queues and topics.
    """

    data: str
    logs: str
    messages: str


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """Names of the environment's buckets.

    Args:
        raw: What others deliver.
        lake: The files of Iceberg tables.
        checkpoints: How far streams are.
        logs: Logs of Spark and reports of runs.
    """

    raw: str
    lake: str
    checkpoints: str
    logs: str


@dataclass(frozen=True, kw_only=True)
class TeamRoom:
    """What the jobs of a team share.

    Args:
        schedule_group: Name of the group of the team's schedules.
        machine_logs: ARN of the log group of the team's state machines.
        policies: ARNs of what all `jobs`, `machines` and `triggers` of the team may do.
        applications: Ids of the team's applications.
    """

    schedule_group: str
    machine_logs: str
    policies: Mapping[str, str]
    applications: Mapping[ApplicationKey, str]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What jobs may use of an environment.

    Args:
        environment: What the configuration says.
        tables: Contracts by name, `database.table`.
        topics: Contracts of topics by name. Default: there are none.
        keys: Keys of the environment.
        buckets: Buckets of the environment.
        ledger: Name of the run ledger.
        workers: Where workers run. Default: AWS's network.
        kafka: ARN of the Kafka cluster. Default: there is none.
        rooms: Rooms of teams that are in the same stack. Default: they are looked up.
        definitions: Machines that were written once already, for whoever weighs a job before it is
            made. Default: none were.
    """

    environment: Environment
    tables: Mapping[str, Table]
    keys: Keys
    buckets: Buckets
    ledger: str
    topics: Mapping[str, Topic] = field(default_factory=dict)
    workers: Workers | None = None
    kafka: str | None = None
    rooms: Mapping[str, TeamRoom] = field(default_factory=dict)
    definitions: dict[tuple[str, bool, int], str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls,
        environment: Environment,
        *,
        tables: Mapping[str, Table],
        topics: Mapping[str, Topic] | None = None,
    ) -> Platform:
        """Refer to a deployed platform from any stack of the same account and Region.

        Args:
            environment: What the configuration says.
            tables: Contracts by name.
            topics: Contracts of topics by name. Default: there are none.
        """
        names = Names(environment)
        return cls(
            environment=environment,
            tables=tables,
            topics=topics or {},
            keys=Keys(
                data=published(names, "base", "DataKeyArn"),
                logs=published(names, "base", "LogKeyArn"),
                messages=published(names, "base", "MessageKeyArn"),
            ),
            buckets=Buckets(
                raw=published(names, "lake", "RawBucketName"),
                lake=published(names, "lake", "LakeBucketName"),
                checkpoints=published(names, "lake", "CheckpointsBucketName"),
                logs=published(names, "lake", "LogsBucketName"),
            ),
            ledger=published(names, "base", "LedgerName"),
            workers=Workers.of(names),
            kafka=cluster_arn(names),
        )

    @property
    def names(self) -> Names:
        """Computes the environment's names and ARNs."""
        return Names(self.environment)

    @property
    def ledger_arn(self) -> str:
        """ARN of the run ledger."""
        return self.names.arn("dynamodb", f"table/{self.ledger}")

    def room(self, team: str) -> TeamRoom:
        """Find what the jobs of a team share.

        Args:
            team: The team's name.
        """
        if team in self.rooms:
            return self.rooms[team]
        logs = self.names.log_group_arn(self.names.machine_logs(team))
        group = self.names.schedule_group(team)
        policies = {each: self.names.team_policy_arn(team, each) for each in PURPOSES}
        return TeamRoom(schedule_group=group, machine_logs=logs, policies=policies, applications={})

    def application(self, job: Job) -> str:
        """Find the id of the application that runs a job: its team's, of its release.

        Args:
            job: Names team, release and architecture.
        """
        key = ApplicationKey.of(job)
        own = self.room(job.team).applications.get(key)
        return own or published(
            self.names, f"jobs-{job.team}-0", application_output(key, self.environment)
        )
