"""Where a stack's files go: into the assembly now, into the team's part of the assets bucket later.

Assets are named by their content, so running, queued and rolled-back runs keep the code they began
with, and no path of this computer is in the assembly.
"""

from __future__ import annotations

import inspect
import os
import shutil
from pathlib import Path
from typing import Protocol

import jsii
from aws_cdk import (
    AssetHashType,
    DefaultStackSynthesizer,
    FileAssetPackaging,
    FileAssetSource,
    Stack,
    Stage,
)
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from sparkmodel.packaging import Artifact
from sparkrail.names import Names


class Shelf(Protocol):
    """Publishes files with a stack."""

    def uri(self, artifact: Artifact) -> str:
        """Publish a file and say its s3:// URI."""
        ...

    @property
    def readable(self) -> list[str]:
        """ARNs, as policies want them, of all that was published."""
        ...


class TeamShelf:
    """Publishes files of a stack that has a synthesizer of its own; one jsii call per file.

    Args:
        stack: Its files go to the team's part of the assets bucket.
        synthesizer: The stack's; its `bucket_prefix` is the team's.
        names: Of the environment.
        team: Whose files they are.
    """

    def __init__(
        self, stack: Stack, synthesizer: DefaultStackSynthesizer, *, names: Names, team: str
    ) -> None:
        # A stack works with a copy of its synthesizer that jsii cannot tell from the original.
        # Both write to one manifest, so binding the original makes it usable from Python.
        synthesizer.bind(stack)
        self._synthesizer = synthesizer
        stage = Stage.of(stack)
        assert stage is not None, "a stack is always in an app"
        self._folder = Path(stage.asset_outdir)
        self._from_template = Path(os.path.relpath(stage.asset_outdir, stage.outdir))
        self._bucket, self._prefix = names.assets_bucket, names.assets_prefix(team)
        self._readable = names.bucket_arn(self._bucket, f"{self._prefix}*")
        self._published: set[str] = set()

    def uri(self, artifact: Artifact) -> str:
        """Publish a file, once, and say its s3:// URI."""
        key = f"{artifact.sha256}{artifact.path.suffix}"
        if key not in self._published:
            self._published.add(key)
            name = f"asset.{key}"
            _copy(artifact.path, self._folder / name)
            add_file_asset(
                self._synthesizer,
                file_name=str(self._from_template / name),
                source_hash=artifact.sha256,
            )
        return f"s3://{self._bucket}/{self._prefix}{key}"

    @property
    def readable(self) -> list[str]:
        """All code of the team, so that queued and rolled-back runs keep theirs."""
        return [self._readable]


def add_file_asset(
    synthesizer: DefaultStackSynthesizer, *, file_name: str, source_hash: str
) -> None:
    """Put a file into a stack's asset manifest, and ask for nothing in return.

    The answer would name bucket and key, which we know; reading it costs six more calls.

    Args:
        synthesizer: The stack's.
        file_name: Path from the template's folder.
        source_hash: Becomes the key.
    """
    asset = FileAssetSource(
        source_hash=source_hash, file_name=file_name, packaging=FileAssetPackaging.FILE
    )
    invoke = inspect.unwrap(type(jsii.kernel).invoke)
    invoke(jsii.kernel, synthesizer, "addFileAsset", [asset])


def _copy(source: Path, target: Path) -> None:
    """Copy what is not there: a file named by its content never changes."""
    if not target.exists():
        partial = target.with_suffix(".partial")
        shutil.copyfile(source, partial)
        partial.replace(target)


class AssetShelf:
    """Publishes files of any stack, as CDK's own assets.

    Args:
        scope: What the assets belong to.
    """

    def __init__(self, scope: Construct) -> None:
        self._scope = scope
        self._assets: dict[str, Asset] = {}

    def uri(self, artifact: Artifact) -> str:
        """Publish a file, once, and say its s3:// URI."""
        if artifact.sha256 not in self._assets:
            self._assets[artifact.sha256] = Asset(
                self._scope,
                f"Asset{artifact.sha256[:16]}",
                path=str(artifact.path),
                asset_hash=artifact.sha256,
                asset_hash_type=AssetHashType.CUSTOM,
            )
        return self._assets[artifact.sha256].s3_object_url

    @property
    def readable(self) -> list[str]:
        """The files themselves, by their keys."""
        return [
            asset.bucket.arn_for_objects(asset.s3_object_key) for asset in self._assets.values()
        ]
