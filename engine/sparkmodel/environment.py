"""An environment: what `config/<name>.toml` says about one account and Region."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from sparkmodel.base import Flag, Model, Text, Whole
from sparkmodel.kafka import Kafka
from sparkmodel.names import DashedName, EnvironmentName
from sparkmodel.network import Network
from sparkmodel.problems import listed, nearest, refuse
from sparkmodel.regions import REGIONS
from sparkmodel.releases import DEFAULT_RELEASE, Architecture, ReleaseLabel
from sparkmodel.schedule import CronFields, TimeZone, never_fires

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096),
    *(1827, 2192, 2557, 2922, 3288, 3653),
)
"""What CloudWatch Logs takes. (CloudWatch Logs API, PutRetentionPolicy.)"""

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _account(account: str) -> str:
    if not re.fullmatch(r"[0-9]{12}", account):
        raise refuse("is not an AWS account: 12 digits in quotes.")
    return account


def _region(region: str) -> str:
    if region not in REGIONS:
        raise refuse(
            f"is not a Region with EMR Serverless. Regions: {listed(REGIONS)}.",
            nearest=nearest(region, REGIONS),
        )
    return region


def _email(address: str) -> str:
    if not _EMAIL.fullmatch(address):
        raise refuse("is not an e-mail address.")
    return address


def _retention(days: int) -> int:
    if days not in LOG_RETENTION_DAYS:
        raise refuse(
            f"is not a retention that CloudWatch knows. Days: "
            f"{listed(map(str, LOG_RETENTION_DAYS))}.",
            nearest=str(min(LOG_RETENTION_DAYS, key=lambda known: abs(known - days))),
        )
    return days


class Team(Model):
    """A team's share of the environment: the limits of each of its applications.

    Args:
        max_vcpu: Most vCPU that an application of the team takes at a time.
        concurrent_runs: Most runs of an application at a time; others queue.
        queue_minutes: How long a run may wait, in minutes. Default: 360.
        idle_minutes: After how many idle minutes an application stops. Default: 15.
        shards: Stacks that the team's jobs are spread over. Default: as many as they need.
    """

    max_vcpu: Whole = Field(ge=1, le=100_000, description="Most vCPU of an application.")
    concurrent_runs: Whole = Field(ge=1, le=1000, description="Most runs at a time.")
    queue_minutes: Whole = Field(default=360, ge=15, le=720, description="Longest wait, minutes.")
    idle_minutes: Whole = Field(
        default=15, ge=1, le=10080, description="Idle minutes after which an application stops."
    )
    shards: Whole | None = Field(
        default=None, ge=1, le=999, description="Stacks that the team's jobs are spread over."
    )


class Quotas(Model):
    """What the account may use.

    Args:
        vcpu: The account's quota "Max concurrent vCPUs per account" of EMR Serverless in this
            Region (L-D05C8A75). Default: 16, which AWS gives to a new account.
    """

    vcpu: Whole = Field(default=16, ge=1, description="The account's vCPU quota, L-D05C8A75.")


class MaintenanceTimes(Model):
    """When the tables of each team are kept.

    Args:
        cron: Six fields of AWS's cron. Default: every night at three.
        timezone: IANA zone of `cron`. Default: UTC.
    """

    cron: CronFields = Field(
        default="0 3 * * ? *",
        description="minute hour day-of-month month day-of-week year, as AWS has it.",
    )
    timezone: TimeZone = Field(default="UTC", description="Time zone of cron.")

    @model_validator(mode="after")
    def _fires(self) -> MaintenanceTimes:
        if never_fires(f"cron({self.cron})", self.timezone):
            raise refuse(f"never fires: there is no such moment in {self.timezone}.", at=("cron",))
        return self


class Notify(Model):
    """Who is told of failures.

    Args:
        email: Addresses; each must confirm once. Default: nobody.
    """

    email: tuple[Annotated[Text, AfterValidator(_email)], ...] = Field(
        default=(), description="Addresses told of failures."
    )

    @field_validator("email")
    @classmethod
    def _each_once(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for index, address in enumerate(addresses):
            if address in addresses[:index]:
                raise refuse("is there twice.", at=(str(index),))
        return addresses


class Environment(Model):
    """One account and Region that jobs are deployed to.

    Args:
        name: What it is called. The reader takes the file's name.
        project: First part of every computed name.
        account: 12 digits.
        region: A Region with EMR Serverless.
        release: EMR release of jobs that choose none. Default: emr-7.14.0.
        architecture: Of jobs that choose none. Default: x86_64.
        network: Where workers run. Default: AWS's network.
        kafka: Its Kafka cluster; needs a VPC. Default: none, so no streaming jobs and no topics.
        teams: Who shares the environment, by name.
        quotas: What the account may use.
        notify: Who is told of failures. Default: nobody.
        protected: Whether stacks refuse to be deleted. Default: no.
        triggers: `paused` deploys every trigger switched off. Default: on.
        maintenance: When the maintenance job of each team runs. None, in the file `"off"`: there
            are none. Default: every night at three, UTC.
        log_retention_days: How long logs are kept. Default: 365 days.

    Raises:
        ValidationError: Something in it cannot be; see the fields.
    """

    format: Literal[1] = Field(default=1, description="Version of this format: 1.")
    name: EnvironmentName
    project: DashedName = Field(description="First part of every computed name.")
    account: Annotated[Text, AfterValidator(_account)] = Field(description="12 digits, in quotes.")
    region: Annotated[Text, AfterValidator(_region)] = Field(description="AWS Region.")
    release: ReleaseLabel = Field(default=DEFAULT_RELEASE, description="EMR release.")
    architecture: Architecture = Field(default="x86_64", description="Architecture of workers.")
    network: Network = Field(default=Network(), description="Where workers run.")
    kafka: Kafka = Field(default=Kafka(), description="Its Kafka cluster.")
    teams: dict[DashedName, Team] = Field(default_factory=dict, description="Who shares it.")
    quotas: Quotas = Field(default=Quotas(), description="What the account may use.")
    notify: Notify = Field(default=Notify(), description="Who is told of failures.")
    protected: Flag = Field(default=False, description="Whether stacks refuse to be deleted.")
    triggers: Literal["on", "paused"] = Field(default="on", description="on or paused.")
    maintenance: MaintenanceTimes | None = Field(
        default=MaintenanceTimes(), description='When tables are kept, or "off".'
    )
    log_retention_days: Annotated[Whole, AfterValidator(_retention)] = Field(
        default=365, description="How long logs are kept, in days."
    )

    @field_validator("maintenance", mode="before")
    @classmethod
    def _off_or_when(cls, given: object) -> object:
        if isinstance(given, str) and given != "off":
            raise refuse('is not "off", and not a table: { cron = "0 3 * * ? *" }.')
        return None if given == "off" else given

    @model_validator(mode="after")
    def _brokers_are_in_the_vpc(self) -> Environment:
        if self.kafka.mode != "none" and self.network.mode == "none":
            raise refuse(
                f'is "{self.kafka.mode}", whose brokers are in a VPC, and network.mode is "none". '
                'Set network.mode = "own" or "imported", or kafka.mode = "none".',
                at=("kafka", "mode"),
            )
        return self

    @model_validator(mode="after")
    def _zones_of_the_region(self) -> Environment:
        for index, zone in enumerate(self.network.availability_zones):
            if not (zone.startswith(self.region) and len(zone) == len(self.region) + 1):
                raise refuse(
                    f'is not a zone of {self.region}: "{self.region}a", "{self.region}b", ...',
                    at=("network", "availability_zones", str(index)),
                )
        return self

    @property
    def prefix(self) -> str:
        """First part of computed names: `<project>-<environment>`."""
        return f"{self.project}-{self.name}"

    @property
    def partition(self) -> str:
        """AWS's name for the part of its cloud: `aws`, unless in China or for the US government."""
        starts = (name for start, name in _PARTITIONS.items() if self.region.startswith(start))
        return next(starts, "aws")

    @property
    def database_prefix(self) -> str:
        """First part of the names of Glue databases: `<project>_<environment>_`."""
        return f"{self.prefix}_".replace("-", "_")
