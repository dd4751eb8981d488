"""May a service tell a target? The role's trust policy or the target's own policy says."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from sparklaptop.events.deliveries import Delivery
from sparklaptop.roles import services, trust
from sparklaptop.roles.problems import PolicyError

# What these let in without a role is written in their policies.
_ACTIONS = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}


def check(delivery: Delivery, target: str, role: str | None) -> None:
    """Refuse what AWS would refuse before the target is called.

    Args:
        delivery: Says which service tells, and for whom.
        target: ARN of what is told: its target, or its queue for dead letters.
        role: ARN of the role under which it is told; None: the service does so by itself.

    Raises:
        ClientError: `AccessDeniedException`, with the words of who refuses.
    """
    action = _ACTIONS.get(target.split(":")[2])
    try:
        if role is not None:
            trust.check(role, delivery.service, source_arn=delivery.source)
        elif action is not None:
            services.check(delivery.service, action, target, source_arn=delivery.source)
    except (trust.NotTrustedError, services.RefusedError, PolicyError) as error:
        refused: Any = {
            "Error": {"Code": "AccessDeniedException", "Message": str(error)},
            "ResponseMetadata": {"HTTPStatusCode": 403},
        }
        raise ClientError(refused, "AssumeRole" if role else str(action)) from error
