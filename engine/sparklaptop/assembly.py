"""A cloud assembly as `cdk synth` writes it: which stacks, in which order, with which files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from sparklaptop.errors import LaptopError

_STACK = "aws:cloudformation:stack"
_ASSETS = "cdk:asset-manifest"
_NESTED = "cdk:cloud-assembly"


@dataclass(frozen=True, kw_only=True)
class AssemblyStack:
    """One stack of an assembly."""

    id: str
    name: str
    template: Path
    account: str
    region: str
    tags: dict[str, str]
    needs: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class FileAsset:
    """One file or folder that must be in the bootstrap bucket before a stack that names it."""

    source: Path
    packaging: str
    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """Everything that one deploy brings."""

    stacks: tuple[AssemblyStack, ...]
    assets: tuple[FileAsset, ...]


def read(folder: Path, *, account: str, region: str) -> Assembly:
    """Read an assembly and the Stages nested in it.

    Args:
        folder: Where its manifest.json is.
        account: Stands where the assembly leaves the account open.
        region: Stands where the assembly leaves the Region open.

    Raises:
        LaptopError: There is no assembly, or its stacks need each other in a circle.
    """
    stacks: list[AssemblyStack] = []
    assets: dict[tuple[str, str], FileAsset] = {}
    for place, artifacts in _manifests(folder):
        stacks += _stacks(place, artifacts, account, region)
        for asset in _assets(place, artifacts, account, region):
            assets.setdefault((asset.bucket, asset.key), asset)
    if not stacks:
        raise LaptopError(f"{folder} holds no stacks.", next_command="cdk synth")
    return Assembly(stacks=_ordered(stacks), assets=tuple(assets.values()))


def _manifests(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    manifest = folder / "manifest.json"
    if not manifest.exists():
        raise LaptopError(f"{manifest} does not exist: that is not a cloud assembly.")
    artifacts = json.loads(manifest.read_text()).get("artifacts", {})
    yield folder, artifacts
    for artifact in artifacts.values():
        if artifact["type"] == _NESTED:
            yield from _manifests(folder / artifact["properties"]["directoryName"])


def _stacks(
    folder: Path, artifacts: dict[str, Any], account: str, region: str
) -> Iterator[AssemblyStack]:
    for name, artifact in artifacts.items():
        if artifact["type"] != _STACK:
            continue
        where = artifact["environment"].removeprefix("aws://").split("/")
        properties = artifact["properties"]
        yield AssemblyStack(
            id=name,
            name=properties.get("stackName", name),
            template=folder / properties["templateFile"],
            account=account if where[0].startswith("unknown") else where[0],
            region=region if where[1].startswith("unknown") else where[1],
            tags={key: str(value) for key, value in properties.get("tags", {}).items()},
            needs=frozenset(artifact.get("dependencies", [])),
        )


def _assets(
    folder: Path, artifacts: dict[str, Any], account: str, region: str
) -> Iterator[FileAsset]:
    for artifact in artifacts.values():
        if artifact["type"] != _ASSETS:
            continue
        content = json.loads((folder / artifact["properties"]["file"]).read_text())
        if content.get("dockerImages"):
            raise LaptopError("the assembly holds Docker images, which the laptop cloud cannot run")
        for entry in content.get("files", {}).values():
            source = entry["source"]
            if "path" not in source:
                raise LaptopError(f"an asset is made by a command ({source}): not understood")
            # Templates are sent with the stacks; on AWS they go through the bucket for their size.
            if source["path"].endswith(".template.json"):
                continue
            for destination in entry["destinations"].values():
                yield FileAsset(
                    source=folder / source["path"],
                    packaging=source.get("packaging", "file"),
                    bucket=_filled(destination["bucketName"], account, region),
                    key=_filled(destination["objectKey"], account, region),
                )


def _filled(text: str, account: str, region: str) -> str:
    for name, value in (("AccountId", account), ("Region", region), ("Partition", "aws")):
        text = text.replace(f"${{AWS::{name}}}", value)
    return text


def _ordered(stacks: list[AssemblyStack]) -> tuple[AssemblyStack, ...]:
    by_id = {stack.id: stack for stack in stacks}
    graph = {stack.id: sorted(stack.needs & set(by_id)) for stack in stacks}
    try:
        return tuple(by_id[name] for name in TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise LaptopError(f"stacks need each other in a circle: {circle}") from error
