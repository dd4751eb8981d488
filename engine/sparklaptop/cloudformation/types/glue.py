"""Databases of the data catalog; what is in them is the tables' own business."""

from __future__ import annotations

from typing import Any

from sparklaptop.cloudformation.problems import UnsupportedPropertyError
from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    words,
)


@known
class Database(ResourceType):
    """AWS::Glue::Database. Its tables survive every change."""

    type = "AWS::Glue::Database"
    properties = words("CatalogId DatabaseInput DatabaseName")
    name_property = "DatabaseName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        name = _name(properties) or context.generated_name(255).lower().replace("-", "_")
        client = context.clients.get("glue", context.region)
        client.create_database(DatabaseInput={**_input(context, properties), "Name": name})
        return Physical(id=name)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change description, location and parameters."""
        client = context.clients.get("glue", context.region)
        wanted = {**_input(context, new), "Name": live.id}
        client.update_database(Name=live.id, DatabaseInput=wanted)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it with its tables' entries."""
        context.clients.get("glue", context.region).delete_database(Name=live.id)

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Another name or catalog is another database."""
        catalogs = old.get("CatalogId") != new.get("CatalogId")
        return catalogs or _name(old) != _name(new)


def _name(properties: Properties) -> str | None:
    found = properties.get("DatabaseName") or properties.get("DatabaseInput", {}).get("Name")
    return str(found) if found else None


def _input(context: Context, properties: Properties) -> dict[str, Any]:
    if properties.get("CatalogId", context.account) != context.account:
        raise UnsupportedPropertyError("CatalogId", "the laptop has this account's catalog alone")
    return {
        key: value for key, value in properties.get("DatabaseInput", {}).items() if key != "Name"
    }
