"""State machines."""

from __future__ import annotations

import json
from typing import Any

from sparklaptop.cloudformation.problems import UnsupportedPropertyError
from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    removed_tags,
    tags_of,
    words,
)
from sparklaptop.untyped import Json


@known
class StateMachine(ResourceType):
    """AWS::StepFunctions::StateMachine. Running executions keep the definition they have."""

    type = "AWS::StepFunctions::StateMachine"
    properties = words(
        "Definition DefinitionS3Location DefinitionString DefinitionSubstitutions "
        "EncryptionConfiguration LoggingConfiguration RoleArn StateMachineName StateMachineType "
        "Tags TracingConfiguration"
    )
    replaces = words("StateMachineName StateMachineType")
    name_property = "StateMachineName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        if properties.get("StateMachineType", "STANDARD") != "STANDARD":
            raise UnsupportedPropertyError("StateMachineType", "the laptop runs STANDARD alone")
        name = properties.get("StateMachineName") or context.generated_name(80)
        made = context.clients.get("stepfunctions", context.region).create_state_machine(
            name=name,
            type="STANDARD",
            tags=[{"key": tag["Key"], "value": tag["Value"]} for tag in tags_of(properties)],
            **_wanted(context, properties),
        )
        arn = made["stateMachineArn"]
        return Physical(id=arn, attributes={"Arn": arn, "Name": name})

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Give it another definition, role or settings; ARN and executions stay."""
        client = context.clients.get("stepfunctions", context.region)
        client.update_state_machine(stateMachineArn=live.id, **_wanted(context, new))
        if gone := removed_tags(old, new):
            client.untag_resource(resourceArn=live.id, tagKeys=gone)
        if tags := tags_of(new):
            pairs = [{"key": tag["Key"], "value": tag["Value"]} for tag in tags]
            client.tag_resource(resourceArn=live.id, tags=pairs)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        client = context.clients.get("stepfunctions", context.region)
        client.delete_state_machine(stateMachineArn=live.id)


def _wanted(context: Context, properties: Properties) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "definition": definition(context, properties),
        "roleArn": properties["RoleArn"],
    }
    for own in ("EncryptionConfiguration", "LoggingConfiguration", "TracingConfiguration"):
        if own in properties:
            wanted[own[0].lower() + own[1:]] = _camel(properties[own])
    return wanted


def _camel(value: Json) -> Json:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _camel(inner) for key, inner in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value


def definition(context: Context, properties: Properties) -> str:
    """The definition's text with `${Name}` replaced by DefinitionSubstitutions.

    Raises:
        UnsupportedPropertyError: A `${Name}` has no value, which Step Functions refuses too.
    """
    if "DefinitionString" in properties:
        text = str(properties["DefinitionString"])
    elif "Definition" in properties:
        text = json.dumps(properties["Definition"])
    else:
        place = properties["DefinitionS3Location"]
        client = context.clients.get("s3", context.region)
        text = client.get_object(Bucket=place["Bucket"], Key=place["Key"])["Body"].read().decode()
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        # The text is JSON, so a value goes in as the inside of a JSON string.
        text = text.replace(f"${{{name}}}", json.dumps(str(value))[1:-1])
    try:
        json.loads(text)
    except ValueError as error:
        raise UnsupportedPropertyError("DefinitionString", f"it is not JSON: {error}") from error
    return text
