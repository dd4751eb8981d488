"""Resources written as CloudFormation writes them, turned into typed L1 constructs in one step.

A job has nine resources. Making each from Python costs a round trip to the jsii kernel; a fragment
costs one for all of them, and its text can be tested without CDK. (docs/adr/0002-fragments.md)
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

Resources = Mapping[str, Mapping[str, Any]]
TOKEN = "${Token["
"""How a value begins that is known only when the template is written."""

_REFERENCE_BYTES = 160
"""What such a value takes in a template, at most: a Fn::GetStackOutput inside a Fn::Join."""


def include(scope: Construct, resources: Resources, *, keep_ids: bool = False) -> CfnInclude:
    """Make the resources of a fragment.

    Args:
        scope: What they belong to. It may hold one fragment.
        resources: By logical id, as in a template. Refer to others of the same fragment with
            `{"Ref": ...}`, to anything else with a token.
        keep_ids: Whether logical ids stay as they are. Default: they get the scope's path.
    """
    with tempfile.TemporaryDirectory(prefix="sparkrail-") as folder:
        file = Path(folder) / "fragment.json"
        file.write_text(json.dumps({"Resources": resources}), encoding="utf-8")
        return CfnInclude(scope, "Default", template_file=str(file), preserve_logical_ids=keep_ids)


def template_bytes(resources: Resources) -> int:
    """Estimate what a fragment takes in a template, in bytes; never less than it does."""
    text = json.dumps(resources, separators=(",", ":"))
    return len(text.encode()) + text.count(TOKEN) * _REFERENCE_BYTES
