"""Adds the resources of jobs to a template after CDK has written the rest of it.

Two thousand resources cost CDK more than all else together, and it has nothing to decide about
them: they are written out, refer to nothing that CDK would have to look up, and are checked as
constructs in the tests. (docs/adr/0002-fragments.md)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import (
    Aspects,
    DefaultStackSynthesizer,
    FileAssetPackaging,
    FileAssetSource,
    ISynthesisSession,
    Stage,
)

from sparkrail.fragment import Resource, Resources

AS_CONSTRUCTS = "sparkrail:constructs"
"""Context key: make every resource of every job as a construct, for Aspects and checkers."""


class LateSynthesizer(DefaultStackSynthesizer):
    """A stack's synthesizer that adds resources to the template before it is published.

    Args:
        bucket_prefix: Where in the assets bucket the stack's files go.
    """

    def __init__(self, *, bucket_prefix: str) -> None:
        super().__init__(bucket_prefix=bucket_prefix)
        self._late: dict[str, Resource] = {}

    def add(self, resources: Resources) -> None:
        """Add resources.

        Args:
            resources: By logical id, without tokens.
        """
        self._late |= resources

    def _synthesize_template(
        self,
        session: ISynthesisSession,
        lookup_role_arn: str | None = None,
        lookup_role_external_id: str | None = None,
        lookup_role_additional_options: Mapping[str, Any] | None = None,
    ) -> FileAssetSource:
        """Write the template, as CDK does, and then what was added."""
        written = super()._synthesize_template(
            session, lookup_role_arn, lookup_role_external_id, lookup_role_additional_options
        )
        if not self._late:
            return written
        self._refuse_aspects()
        name = str(written.file_name)
        file = Path(session.assembly.outdir) / name
        template = json.loads(file.read_text(encoding="utf-8"))
        template["Resources"] = template.get("Resources", {}) | self._late
        text = json.dumps(template, separators=(",", ":"), ensure_ascii=False)
        file.write_text(text, encoding="utf-8")
        return FileAssetSource(
            file_name=name,
            packaging=FileAssetPackaging.FILE,
            source_hash=hashlib.sha256(text.encode()).hexdigest(),
        )

    def _refuse_aspects(self) -> None:
        # CDK applies Aspects within a stage only: those of the app never reach a stage's stacks.
        stack = self._bound_stack
        for scope in (stack, Stage.of(stack)):
            if scope and Aspects.of(scope).all:
                raise ValueError(
                    f'an Aspect (or Tags) of "{scope.node.path}" would not reach the resources of '
                    "jobs, which are written without constructs. Make them as constructs: "
                    f'"{AS_CONSTRUCTS}": "true" in the context of cdk.json.'
                )
