"""The app itself: settings that make synth the same wherever and however it is started."""

from __future__ import annotations

import json
import os
from pathlib import Path

from aws_cdk import App

from sparkmodel import ManifestError, Problem, Project
from sparkmodel.problems import nearest
from sparkrail.rules.machines import check_machines

CHOICE = "environment"
CHOICE_VARIABLE = "SPARKRAIL_ENVIRONMENT"


def new_app(root: Path, *, outdir: Path | None = None) -> App:
    """Make an app that gives the same bytes from `cdk synth`, from `python app.py` and from tests.

    Only the CDK CLI reads cdk.json; here it is read for all. What the CLI would add (paths in
    templates, usage data) stays away. Every synth checks the state machines; the slow checkers of
    templates run in the tests.

    Args:
        root: The project's folder, with cdk.json.
        outdir: Where the assembly goes. Default: where the CLI says ($CDK_OUTDIR), or cdk.out.
    """
    settings = json.loads((root / "cdk.json").read_text(encoding="utf-8"))
    app = App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        stack_traces=False,
        tree_metadata=False,
        context=settings["context"],
        outdir=str(outdir or os.environ.get("CDK_OUTDIR") or root / "cdk.out"),
    )
    check_machines(app)
    return app


def chosen(app: App, project: Project) -> tuple[str, ...]:
    """Say which environments to synthesize: one, from `-c environment=...` or a variable, or all.

    Args:
        app: Its context may name an environment; $SPARKRAIL_ENVIRONMENT may too.
        project: Has the environments.

    Raises:
        ManifestError: There is no such environment.
    """
    choice = app.node.try_get_context(CHOICE) or os.environ.get(CHOICE_VARIABLE)
    known = sorted(project.environments)
    if not choice:
        return tuple(known)
    if choice not in known:
        text = f"does not exist, but was asked for. Environments: {', '.join(known)}."
        problem = Problem(
            file=f"config/{choice}.toml", text=text, nearest=nearest(str(choice), known)
        )
        raise ManifestError([problem])
    return (str(choice),)
