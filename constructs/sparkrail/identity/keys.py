"""Customer keys."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from sparkrail.fragment import include, kept
from sparkrail.identity.key_policies import key_policy
from sparkrail.identity.statements import Statement
from sparkrail.names import Names
from sparkrail.references import attribute

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
        self.key_arn = attribute(id_, "Arn")
        key = {
            "Description": description,
            "EnableKeyRotation": True,
            "PendingWindowInDays": _PENDING_DAYS,
            "KeyPolicy": key_policy(services, names=names),
        }
        include(self, {id_: kept("AWS::KMS::Key", key)})
