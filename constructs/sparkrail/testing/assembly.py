"""Reads a cloud assembly: which template is whose, and which resource belongs to which job."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sparkrail.jobs.batch import logical_suffix

_STACK = "aws:cloudformation:stack"
_LOGICAL_ID = "aws:cdk:logicalId"
_PATH_PARTS = 3
"""A construct's path begins with environment, stack and what it belongs to."""


@dataclass(frozen=True, kw_only=True)
class StackTemplate:
    """A stack's template.

    Args:
        environment: Name of its stage.
        part: What the stack is called without the environment's prefix, such as `jobs-health-0`.
        name: What the stack is called.
        file: The template.
        template: What is in it.
        owners: By logical id, the construct of the stack that a resource belongs to; what a job
            added by itself belongs to the job.
    """

    environment: str
    part: str
    name: str
    file: Path
    template: dict[str, Any]
    owners: Mapping[str, str]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources, by logical id."""
        found: dict[str, dict[str, Any]] = self.template["Resources"]
        return found

    def of_job(self, job: str) -> dict[str, dict[str, Any]]:
        """The resources of a job, by logical id.

        Args:
            job: The job's name.
        """
        suffix = logical_suffix(job)
        return {
            id_: each
            for id_, each in self.resources.items()
            if self.owners.get(id_) == job
            or (self.owners.get(id_, "Jobs") == "Jobs" and id_.endswith(suffix))
        }

    def of_type(self, type_: str) -> dict[str, dict[str, Any]]:
        """Properties of all resources of a type, by logical id."""
        return {
            id_: each.get("Properties", {})
            for id_, each in self.resources.items()
            if each["Type"] == type_
        }


def stack_templates(assembly: Path) -> list[StackTemplate]:
    """Read every template of an assembly, those of stages included.

    Args:
        assembly: Folder with manifest.json.
    """
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    found = []
    for artifact in manifest["artifacts"].values():
        if artifact["type"] == _STACK:
            found.append(_template(assembly, artifact))
        elif artifact["type"] == "cdk:cloud-assembly":
            found.extend(stack_templates(assembly / artifact["properties"]["directoryName"]))
    return sorted(found, key=lambda each: (each.environment, each.part))


def _template(assembly: Path, artifact: Mapping[str, Any]) -> StackTemplate:
    environment, _, part = artifact["displayName"].partition("/")
    file = assembly / artifact["properties"]["templateFile"]
    return StackTemplate(
        environment=environment,
        part=part,
        name=artifact["properties"]["stackName"],
        file=file,
        template=json.loads(file.read_text(encoding="utf-8")),
        owners=dict(_owners(assembly, artifact)),
    )


def _owners(assembly: Path, artifact: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    metadata = dict(artifact.get("metadata", {}))
    if extra := artifact.get("additionalMetadataFile"):
        metadata |= json.loads((assembly / extra).read_text(encoding="utf-8"))
    for path, entries in metadata.items():
        parts = path.strip("/").split("/")
        for entry in entries:
            if entry["type"] == _LOGICAL_ID and len(parts) >= _PATH_PARTS:
                yield entry["data"], parts[2]
