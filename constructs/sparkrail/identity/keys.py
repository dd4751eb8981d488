"""Customer keys."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from constructs import Construct

from sparkrail.identity.key_policies import key_policy
from sparkrail.identity.statements import Statement
from sparkrail.names import Names

_PENDING_DAYS = 30


class Key(Construct):
    """A customer key that rotates every year and that no deploy ever deletes.

    Args:
        description: What it encrypts.
        services: Statements for the AWS services that use it by themselves.
        names: Of the environment.

    Attributes:
        key_arn: Its ARN.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        description: str,
        services: Sequence[Statement],
        names: Names,
    ) -> None:
        super().__init__(scope, id_)
        key = kms.CfnKey(
            self,
            "Resource",
            description=description,
            enable_key_rotation=True,
            pending_window_in_days=_PENDING_DAYS,
            key_policy=key_policy(services, names=names),
        )
        key.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.key_arn = key.attr_arn
