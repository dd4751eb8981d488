"""Permissions that a job asks for beyond those that follow from its inputs and outputs."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from sparkmodel.base import Model, Text
from sparkmodel.problems import refuse

_ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]*\*?")


def _action(action: str) -> str:
    if not _ACTION.fullmatch(action):
        raise refuse(
            'is not an action. Write "service:Action", such as "ses:SendEmail"; all actions of a '
            'service ("ses:*") are never given.'
        )
    return action


def _arn(resource: str) -> str:
    if resource != "*" and not resource.startswith("arn:"):
        raise refuse('is not an ARN: it begins with "arn:".')
    return resource


class IamStatement(Model):
    """A permission beyond what follows from inputs and outputs.

    Args:
        reason: Why the job needs it, for whoever reviews it.
        actions: Such as "ses:SendEmail"; never all actions of a service.
        resources: ARNs.
    """

    reason: Text = Field(min_length=10, description="Why the job needs it.")
    actions: tuple[Annotated[Text, AfterValidator(_action)], ...] = Field(
        min_length=1, description='Such as "ses:SendEmail".'
    )
    resources: tuple[Annotated[Text, AfterValidator(_arn)], ...] = Field(
        min_length=1, description="ARNs."
    )
