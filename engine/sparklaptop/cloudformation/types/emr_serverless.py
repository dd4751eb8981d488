"""EMR Serverless applications."""

from __future__ import annotations

from typing import Any

from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    tags_of,
    words,
)
from sparklaptop.untyped import Json

# Kept and shown by GetApplication; a laptop has no other network, image or processor.
RECORDED = words("Architecture ImageConfiguration InteractiveConfiguration NetworkConfiguration")
_HONOURED = words(
    "AutoStartConfiguration AutoStopConfiguration MaximumCapacity MonitoringConfiguration "
    "ReleaseLabel RuntimeConfiguration SchedulerConfiguration"
)


@known
class Application(ResourceType):
    """AWS::EMRServerless::Application."""

    type = "AWS::EMRServerless::Application"
    properties = RECORDED | _HONOURED | words("Name Tags Type")
    replaces = words("Name Type")

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        client = context.clients.get("emr-serverless", context.region)
        made = client.create_application(
            name=properties.get("Name", context.logical_id),
            type=str(properties["Type"]).upper(),
            tags={tag["Key"]: tag["Value"] for tag in tags_of(properties)},
            clientToken=context.token,
            **_settings(properties),
        )
        identity = made["applicationId"]
        return Physical(id=identity, attributes={"ApplicationId": identity, "Arn": made["arn"]})

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change its settings; refused while it is started, as on AWS."""
        client = context.clients.get("emr-serverless", context.region)
        if _settings(old) != _settings(new):
            client.update_application(applicationId=live.id, **_settings(new))
        if tags := {tag["Key"]: tag["Value"] for tag in tags_of(new)}:
            client.tag_resource(resourceArn=live.attributes["Arn"], tags=tags)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Stop and delete it; refused while a run is alive, as on AWS."""
        client = context.clients.get("emr-serverless", context.region)
        client.stop_application(applicationId=live.id)
        client.delete_application(applicationId=live.id)


def _settings(properties: Properties) -> dict[str, Any]:
    settings = {}
    for name in sorted(RECORDED | _HONOURED):
        if name in properties:
            settings[_lower(name)] = _for_api(properties[name])
    if "architecture" in settings:
        settings["architecture"] = str(settings["architecture"]).upper()
    return settings


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _for_api(value: Json) -> Json:
    if isinstance(value, list):
        return [_for_api(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, inner in value.items():
        if name == "LogTypeMap":
            # CloudFormation has a list of keys and values where the API has a map.
            made["logTypes"] = {entry["Key"]: entry["Value"] for entry in inner}
        elif name == "Properties":
            made["properties"] = dict(inner)
        else:
            made[_lower(name)] = _for_api(inner)
    return made
