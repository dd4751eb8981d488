"""The event bus on which written tables are announced."""

from __future__ import annotations

from aws_cdk import aws_events as events
from constructs import Construct

from sparkrail.names import Names


class Bus(Construct):
    """An event bus of the environment's own.

    Args:
        names: Of the environment.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names) -> None:
        super().__init__(scope, id_)
        events.CfnEventBus(
            self, "Resource", name=names.bus, description=f"Written tables of {names.prefix}"
        )
