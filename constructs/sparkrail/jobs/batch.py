"""Makes the resources of many jobs in one step."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from aws_cdk import CfnResource
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

from sparkrail.fragment import Resource, Resources, include
from sparkrail.jobs.late import AS_CONSTRUCTS, LateSynthesizer
from sparkrail.references import resolved


class Batch(Construct):
    """Collects the resources of jobs and makes them together, which is much cheaper.

    Whoever asks for a resource gets it as a construct, together with all that is waiting.

    Args:
        late: Adds resources to the stack's template without making constructs, unless the app's
            context says `sparkrail:constructs`. Default: constructs are made.
    """

    def __init__(self, scope: Construct, id_: str, *, late: LateSynthesizer | None = None) -> None:
        super().__init__(scope, id_)
        self._late = None if self.node.try_get_context(AS_CONSTRUCTS) else late
        self._waiting: dict[str, Resource] = {}
        self._made: dict[str, CfnInclude] = {}
        self._parts = 0

    def add(self, resources: Resources) -> None:
        """Collect resources.

        Args:
            resources: By logical id, each used once.
        """
        self._waiting |= resources

    def make(self) -> None:
        """Make what is waiting."""
        if self._late is None:
            self._construct()
        else:
            self._late.add(resolved(self._waiting))
            self._waiting = {}

    def get(self, id_: str) -> CfnResource:
        """Find a resource, making it if it is waiting.

        Args:
            id_: Its logical id.
        """
        self._construct()
        return self._made[id_].get_resource(id_)

    def _construct(self) -> None:
        if self._waiting:
            part = Construct(self, f"Part{self._parts}")
            included = include(part, self._waiting)
            self._made |= dict.fromkeys(self._waiting, included)
            self._waiting, self._parts = {}, self._parts + 1


def logical_suffix(job: str) -> str:
    """Turn a job's name into what the logical ids of its resources end with.

    >>> logical_suffix("hospital_utilization")
    'OfHospitalUtilization'
    """
    words = "".join(word.capitalize() for word in job.split("_"))
    if not re.search(r"_[0-9_]|_$", job):
        return f"Of{words}"
    # A digit has no capital, so a_1 and a1 would be alike.
    return f"Of{words}{hashlib.sha256(job.encode()).hexdigest()[:8]}"


def with_suffix(resources: Resources, suffix: str) -> Resources:
    """Give the resources of a fragment longer logical ids.

    Args:
        resources: By logical id; references among them follow.
        suffix: What each id gets.
    """
    return {
        f"{id_}{suffix}": _renamed(resource, frozenset(resources), suffix)
        for id_, resource in resources.items()
    }


def _renamed(value: Any, ids: frozenset[str], suffix: str) -> Any:  # noqa: ANN401 (JSON is anything)
    if isinstance(value, list):
        return [_renamed(each, ids, suffix) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in ids:
        return {"Ref": f"{value['Ref']}{suffix}"}
    if "Fn::GetAtt" in value and value["Fn::GetAtt"][0] in ids:
        return {"Fn::GetAtt": [f"{value['Fn::GetAtt'][0]}{suffix}", value["Fn::GetAtt"][1]]}
    return {
        key: [f"{each}{suffix}" for each in inner]
        if key == "DependsOn"
        else _renamed(inner, ids, suffix)
        for key, inner in value.items()
    }
