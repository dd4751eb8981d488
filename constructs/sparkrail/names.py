"""Every physical name and ARN of an environment, computed from its configuration alone.

Policies are built from these strings, so that no role has to refer to what is created after it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sparkmodel import Environment

_LONGEST_ROLE = 64
_BOOTSTRAP_QUALIFIER = "hnb659fds"


@dataclass(frozen=True)
class Names:
    """Computes names and ARNs.

    Args:
        environment: Gives project, name, account and Region.
    """

    environment: Environment

    @property
    def prefix(self) -> str:
        """First part of every physical name: `<project>-<environment>`."""
        return self.environment.prefix

    @property
    def path(self) -> str:
        """The same, as a path: `<project>/<environment>`."""
        return f"{self.environment.project}/{self.environment.name}"

    @property
    def partition(self) -> str:
        """`aws`, unless the Region is in China or for the US government."""
        return self.environment.partition

    def arn(self, service: str, resource: str) -> str:
        """ARN of something in the environment's account and Region."""
        region, account = self.environment.region, self.environment.account
        return f"arn:{self.partition}:{service}:{region}:{account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """ARN of something of the account that belongs to no Region, such as a role."""
        return f"arn:{self.partition}:{service}::{self.environment.account}:{resource}"

    def bucket_arn(self, bucket: str, key: str = "") -> str:
        """ARN of a bucket, or of keys in it (`*` is allowed)."""
        return f"arn:{self.partition}:s3:::{bucket}" + (f"/{key}" if key else "")

    def endpoint(self, service: str) -> str:
        """A service of the Region as `kms:ViaService` names it."""
        return f"{service}.{self.environment.region}.amazonaws.com"

    def stack(self, part: str) -> str:
        """Name of a stack: `base`, `network`, `lake`, or `jobs-<team>-<shard>`."""
        return f"{self.prefix}-{part}"

    def machine(self, job: str) -> str:
        """Name of a job's state machine; also of its schedule."""
        return f"{self.prefix}-{job}"

    def machine_arn(self, job: str) -> str:
        """ARN of a job's state machine."""
        return self.arn("states", f"stateMachine:{self.machine(job)}")

    def execution_arns(self, job: str) -> str:
        """Pattern for the ARNs of all executions of a job's state machine."""
        return self.arn("states", f"execution:{self.machine(job)}:*")

    def arrivals_machine(self, job: str) -> str:
        """Name of the machine that makes batches of a job's files; no job has a - in its name."""
        return f"{self.machine(job)}-files"

    def arrivals_machine_arn(self, job: str) -> str:
        """ARN of the machine that makes batches of a job's files."""
        return self.arn("states", f"stateMachine:{self.arrivals_machine(job)}")

    @property
    def backfill_machine(self) -> str:
        """Name of the machine that works off plans of backfills."""
        return f"{self.prefix}-backfill"

    @property
    def backfill_machine_arn(self) -> str:
        """ARN of the machine that works off plans of backfills."""
        return self.arn("states", f"stateMachine:{self.backfill_machine}")

    @property
    def backfill_role(self) -> str:
        """Name of the role of the machine of backfills."""
        return f"{self.backfill_machine}-machine"

    @property
    def backfill_logs(self) -> str:
        """Log group of the machine of backfills; no team has a _ in its name."""
        return f"/aws/vendedlogs/states/{self.path}/_backfill"

    @property
    def keeper(self) -> str:
        """Name of the machine that finishes what the machines of jobs could not."""
        return f"{self.prefix}-keeper"

    @property
    def keeper_arn(self) -> str:
        """ARN of the keeper."""
        return self.arn("states", f"stateMachine:{self.keeper}")

    def keeper_role(self, purpose: str) -> str:
        """Name of a role of the keeper, for `machine`, `wake` (by events) or `tick` (by time)."""
        return f"{self.keeper}-{purpose}"

    @property
    def keeper_logs(self) -> str:
        """Log group of the keeper; no team has a _ in its name."""
        return f"/aws/vendedlogs/states/{self.path}/_keeper"

    @property
    def keeper_schedules(self) -> str:
        """Name of the keeper's group of schedules; no team has a dot in its name."""
        return f"{self.prefix}-keeper.ticks"

    @property
    def kafka(self) -> str:
        """Name of the Kafka cluster."""
        return f"{self.prefix}-kafka"

    @property
    def kafka_arn(self) -> str:
        """Pattern for the ARN of the Kafka cluster, which ends with an id of AWS's."""
        return self.arn("kafka", f"cluster/{self.kafka}/*")

    def topic_arn(self, topic: str) -> str:
        """Pattern for the ARN of a topic."""
        return self.arn("kafka", f"topic/{self.kafka}/*/{topic}")

    def group_arn(self, group: str) -> str:
        """Pattern for the ARN of consumer groups (`*` is allowed)."""
        return self.arn("kafka", f"group/{self.kafka}/*/{group}")

    def role(self, job: str, purpose: str) -> str:
        """Name of a job's role for `job`, `machine` or `trigger`."""
        return f"{self.prefix}-{job}-{purpose}"

    def role_arn(self, job: str, purpose: str) -> str:
        """ARN of a job's role for `job`, `machine` or `trigger`."""
        return self.global_arn("iam", f"role/{self.role(job, purpose)}")

    def optimizer_role(self, table: str) -> str:
        """Name of the role of a table's optimizers in Glue; a long one is cut and told apart."""
        name = f"{self.prefix}-{table}-optimizer"
        if len(name) <= _LONGEST_ROLE:
            return name
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        return f"{name[: _LONGEST_ROLE - len(digest) - 1]}-{digest}"

    def team_policy(self, team: str, purpose: str) -> str:
        """Name of what all `jobs`, `machines` or `triggers` of a team may do."""
        return f"{self.prefix}-{team}-{purpose}"

    def team_policy_arn(self, team: str, purpose: str) -> str:
        """ARN of what all `jobs`, `machines` or `triggers` of a team may do."""
        return self.global_arn("iam", f"policy/{self.team_policy(team, purpose)}")

    def schedule_group(self, team: str) -> str:
        """Name of a team's group of schedules."""
        return f"{self.prefix}-{team}"

    @property
    def bus(self) -> str:
        """Name of the event bus on which written tables are announced."""
        return f"{self.prefix}-events"

    @property
    def alarm_topic(self) -> str:
        """Name of the SNS topic that is told of failures."""
        return f"{self.prefix}-alarms"

    @property
    def alarm_topic_arn(self) -> str:
        """ARN of the SNS topic that is told of failures."""
        return self.arn("sns", self.alarm_topic)

    @property
    def dead_letters(self) -> str:
        """Name of the queue of triggers that could not start their machine."""
        return f"{self.prefix}-dead-letters"

    @property
    def dead_letters_arn(self) -> str:
        """ARN of the queue of triggers that could not start their machine."""
        return self.arn("sqs", self.dead_letters)

    def machine_logs(self, team: str) -> str:
        """Log group of a team's state machines.

        The prefix /aws/vendedlogs/ keeps it out of the account's log resource policy, which has
        room for few groups only. (Step Functions guide, logging to CloudWatch Logs.)
        """
        return f"/aws/vendedlogs/states/{self.path}/{team}"

    def driver_logs(self, team: str) -> str:
        """Log group of the Spark drivers of a team."""
        return f"/aws/emr-serverless/{self.path}/{team}"

    @property
    def flow_logs(self) -> str:
        """Log group of the network's traffic."""
        return f"/aws/vpc/flowlogs/{self.path}"

    def log_group_arn(self, name: str) -> str:
        """ARN of a log group and its streams, as Step Functions and IAM want it."""
        return self.arn("logs", f"log-group:{name}:*")

    def assets_prefix(self, team: str) -> str:
        """Where in the bootstrap bucket a team's code is; its jobs may read all of it."""
        return f"{self.path}/{team}/"

    @property
    def assets_bucket(self) -> str:
        """The bucket that `cdk bootstrap` made."""
        account, region = self.environment.account, self.environment.region
        return f"cdk-{_BOOTSTRAP_QUALIFIER}-assets-{account}-{region}"

    def database(self, database: str) -> str:
        """Name of a Glue database; `database` is what contracts call it."""
        return f"{self.environment.database_prefix}{database}"

    def table(self, table: str) -> str:
        """Name of a table in Spark's catalog; `table` is what contracts call it: `health.beds`."""
        return f"lake.{self.environment.database_prefix}{table}"
