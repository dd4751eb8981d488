"""The event bus on which written tables are announced."""

from __future__ import annotations

from constructs import Construct

from sparkrail.fragment import include, resource
from sparkrail.names import Names


class Bus(Construct):
    """An event bus of the environment's own.

    Args:
        names: Of the environment.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names) -> None:
        super().__init__(scope, id_)
        bus = {"Name": names.bus, "Description": f"Written tables of {names.prefix}"}
        include(self, {id_: resource("AWS::Events::EventBus", bus)})
