"""Physical names, computed as the stacks compute them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparkmodel import Environment

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


@dataclass(frozen=True)
class Names:
    """Names of what a job has in an environment."""

    environment: "Environment"

    @property
    def backfill_arn(self) -> str:
        """ARN of the machine that runs backfills."""
        return self.machine_arn("backfill")

    @property
    def bus(self) -> str:
        """Name of the event bus on which written tables are announced."""
        return f"{self.environment.prefix}-events"

    def machine_arn(self, job: str) -> str:
        """ARN of the state machine of `job`."""
        region, account = self.environment.region, self.environment.account
        special = (name for start, name in PARTITIONS.items() if region.startswith(start))
        place = f"{next(special, 'aws')}:states:{region}:{account}"
        return f"arn:{place}:stateMachine:{self.environment.prefix}-{job}"

    def driver_logs(self, team: str) -> str:
        """Log group of the driver logs of a team."""
        return f"/aws/emr-serverless/{self.environment.project}/{self.environment.name}/{team}"

    def glue_database(self, database: str) -> str:
        """Glue database of a contract's database."""
        return f"{self.environment.database_prefix}{database}"
