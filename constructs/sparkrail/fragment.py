"""Resources written as CloudFormation writes them, turned into typed L1 constructs in one step.

What AWS documents is what is read here, nested names included: a dict given to a Python L1 loses
every key that is not spelt in camel case, without a word. A fragment costs one call of the jsii
kernel however many resources it has, and its text is tested without CDK.
(docs/adr/0002-fragments.md)
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

Properties = Mapping[str, Any]
Resource = dict[str, Any]
Resources = Mapping[str, Resource]

_TOKEN = "${Token["
"""How a value begins that is known only when the template is written."""

_REFERENCE_BYTES = 160
"""What such a value takes in a template, at most: a Fn::GetStackOutput inside a Fn::Join."""


def resource(type_: str, properties: Properties, **attributes: object) -> Resource:
    """Write a resource.

    Args:
        type_: Such as `AWS::S3::Bucket`.
        properties: As CloudFormation spells them.
        attributes: Such as `DependsOn`. Default: none.
    """
    return {"Type": type_, **attributes, "Properties": dict(properties)}


def kept(type_: str, properties: Properties) -> Resource:
    """Write a resource that no deploy ever deletes, unless it failed to make it.

    Args:
        type_: Such as `AWS::S3::Bucket`.
        properties: As CloudFormation spells them.
    """
    return resource(
        type_, properties, DeletionPolicy="RetainExceptOnCreate", UpdateReplacePolicy="Retain"
    )


def include(scope: Construct, resources: Resources) -> CfnInclude:
    """Make the resources of a fragment.

    Args:
        scope: What they belong to. It may hold one fragment.
        resources: By logical id, as in a template, where the ids stay as they are. Refer to others
            of the same fragment with `{"Ref": ...}`, to anything else with a token.
    """
    with tempfile.TemporaryDirectory(prefix="sparkrail-") as folder:
        file = Path(folder) / "fragment.json"
        file.write_text(json.dumps({"Resources": resources}), encoding="utf-8")
        return CfnInclude(scope, "Default", template_file=str(file))


def template_bytes(resources: Resources) -> int:
    """Estimate what a fragment takes in a template, in bytes; never less than it does."""
    text = json.dumps(resources, separators=(",", ":"))
    return len(text.encode()) + text.count(_TOKEN) * _REFERENCE_BYTES
