"""Types that mean nothing on a laptop: kept with their properties, without effect.

Their ids and attributes exist, so that others may refer to them; nothing is created. This table is
the whole list: any other type that the laptop does not make is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sparklaptop.cloudformation.resource import (
    TYPES,
    Context,
    Physical,
    Properties,
    ResourceType,
)

Attribute = Callable[[Context, str, Properties], Any]


def _id(_context: Context, identity: str, _properties: Properties) -> str:
    return identity


def _empty(_context: Context, _identity: str, _properties: Properties) -> list[str]:
    return []


def _given(name: str) -> Attribute:
    return lambda _context, _identity, properties: properties.get(name, "")


def _derived(prefix: str) -> Attribute:
    return lambda context, _identity, _properties: context.stable_id(prefix)


def _arn(service: str, rest: str) -> Attribute:
    return lambda context, identity, _properties: context.arn(service, rest.format(id=identity))


@dataclass(frozen=True, kw_only=True)
class Recording:
    """How a recorded type is called: the prefix of its ids, the property that names it."""

    prefix: str
    why: str
    named_by: str | None = None
    attributes: tuple[tuple[str, Attribute], ...] = ()


_NETWORK = "the laptop has no network of its own"
_METRICS = "the laptop has no metrics but those of log lines"
_BACKUP = "the laptop keeps no backups"
_ACCOUNT = "a setting of the account, which nothing on the laptop reads"

RECORDINGS: dict[str, Recording] = {
    "AWS::CDK::Metadata": Recording(prefix="cdk-", why="describes the CDK version"),
    "AWS::Backup::BackupPlan": Recording(
        prefix="plan-",
        why=_BACKUP,
        attributes=(
            ("BackupPlanId", _id),
            ("BackupPlanArn", _arn("backup", "backup-plan:{id}")),
            ("VersionId", _derived("v-")),
        ),
    ),
    "AWS::Backup::BackupSelection": Recording(
        prefix="selection-",
        why=_BACKUP,
        attributes=(("SelectionId", _id), ("Id", _id), ("BackupPlanId", _given("BackupPlanId"))),
    ),
    "AWS::Backup::BackupVault": Recording(
        prefix="vault-",
        why=_BACKUP,
        named_by="BackupVaultName",
        attributes=(
            ("BackupVaultName", _id),
            ("BackupVaultArn", _arn("backup", "backup-vault:{id}")),
        ),
    ),
    "AWS::CloudWatch::Alarm": Recording(
        prefix="alarm-",
        why=_METRICS,
        named_by="AlarmName",
        attributes=(("Arn", _arn("cloudwatch", "alarm:{id}")),),
    ),
    "AWS::CloudWatch::CompositeAlarm": Recording(
        prefix="alarm-",
        why=_METRICS,
        named_by="AlarmName",
        attributes=(("Arn", _arn("cloudwatch", "alarm:{id}")),),
    ),
    "AWS::CloudWatch::Dashboard": Recording(
        prefix="dashboard-", why=_METRICS, named_by="DashboardName"
    ),
    "AWS::EC2::FlowLog": Recording(prefix="fl-", why=_NETWORK, attributes=(("Id", _id),)),
    "AWS::EC2::RouteTable": Recording(
        prefix="rtb-", why=_NETWORK, attributes=(("RouteTableId", _id),)
    ),
    "AWS::EC2::SecurityGroup": Recording(
        prefix="sg-",
        why=_NETWORK,
        attributes=(("GroupId", _id), ("Id", _id), ("VpcId", _given("VpcId"))),
    ),
    "AWS::EC2::SecurityGroupEgress": Recording(
        prefix="sgr-", why=_NETWORK, attributes=(("Id", _id),)
    ),
    "AWS::EC2::SecurityGroupIngress": Recording(
        prefix="sgr-", why=_NETWORK, attributes=(("Id", _id),)
    ),
    "AWS::EC2::Subnet": Recording(
        prefix="subnet-",
        why=_NETWORK,
        attributes=(
            ("AvailabilityZone", _given("AvailabilityZone")),
            ("AvailabilityZoneId", _given("AvailabilityZoneId")),
            ("CidrBlock", _given("CidrBlock")),
            ("SubnetId", _id),
            ("VpcId", _given("VpcId")),
        ),
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Recording(
        prefix="rtbassoc-", why=_NETWORK, attributes=(("Id", _id),)
    ),
    "AWS::EC2::VPC": Recording(
        prefix="vpc-",
        why=_NETWORK,
        attributes=(
            ("CidrBlock", _given("CidrBlock")),
            ("CidrBlockAssociations", _empty),
            ("DefaultNetworkAcl", _derived("acl-")),
            ("DefaultSecurityGroup", _derived("sg-")),
            ("Ipv6CidrBlocks", _empty),
            ("VpcId", _id),
        ),
    ),
    "AWS::EC2::VPCEndpoint": Recording(
        prefix="vpce-",
        why=_NETWORK,
        attributes=(
            ("DnsEntries", _empty),
            ("Id", _id),
            ("NetworkInterfaceIds", _empty),
        ),
    ),
    "AWS::Glue::DataCatalogEncryptionSettings": Recording(prefix="catalog-", why=_ACCOUNT),
    "AWS::LakeFormation::DataLakeSettings": Recording(prefix="lake-", why=_ACCOUNT),
}


class Recorded(ResourceType):
    """A type of the table above."""

    def __init__(self, type_: str, recording: Recording) -> None:
        self._type = type_
        self._recording = recording

    def unknown(self, properties: Properties) -> list[str]:
        """Every property is kept."""
        return []

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Nothing exists that could be replaced."""
        return False

    def create(self, context: Context, properties: Properties) -> Physical:
        """Give it an id and attributes."""
        name = properties.get(self._recording.named_by) if self._recording.named_by else None
        identity = str(name) if name else context.stable_id(self._recording.prefix)
        made = {
            name: attribute(context, identity, properties)
            for name, attribute in self._recording.attributes
        }
        return Physical(id=identity, attributes=made)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Keep the new properties."""
        return self.create(context, new)

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Nothing to delete."""


TYPES.update({name: Recorded(name, recording) for name, recording in RECORDINGS.items()})
