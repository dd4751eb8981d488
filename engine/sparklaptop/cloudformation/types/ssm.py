"""Parameters."""

from __future__ import annotations

from typing import Any

from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    words,
)


@known
class Parameter(ResourceType):
    """AWS::SSM::Parameter."""

    type = "AWS::SSM::Parameter"
    properties = words("Description Name Type Value")
    replaces = words("Name")
    name_property = "Name"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        name = properties.get("Name") or context.generated_name()
        return self._put(context, name, properties, overwrite=False)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Give it another value."""
        return self._put(context, live.id, new, overwrite=True)

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        context.clients.get("ssm", context.region).delete_parameter(Name=live.id)

    @staticmethod
    def _put(context: Context, name: str, properties: Properties, *, overwrite: bool) -> Physical:
        wanted: dict[str, Any] = {
            key: properties[key] for key in ("Description", "Type", "Value") if key in properties
        }
        client = context.clients.get("ssm", context.region)
        client.put_parameter(Name=name, Overwrite=overwrite, **wanted)
        attributes = {"Type": properties.get("Type"), "Value": properties.get("Value")}
        return Physical(id=name, attributes=attributes)
