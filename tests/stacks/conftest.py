"""The whole app, synthesized once for all tests of templates."""

from pathlib import Path

import pytest

import sparkrail  # noqa: F401  (chooses Node.js before aws_cdk starts it)
from sparkmodel import load_project
from sparkrail.synthesis import new_app
from sparkrail.testing.assembly import stack_templates
from stacks.platform import build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def project():
    return load_project(ROOT)


@pytest.fixture(scope="session")
def app(project, tmp_path_factory):
    outdir = tmp_path_factory.mktemp("assembly")
    return build(new_app(ROOT, outdir=outdir), project, environments=sorted(project.environments))


@pytest.fixture(scope="session")
def assembly(app):
    return Path(app.synth().directory)


@pytest.fixture(scope="session")
def stacks(assembly):
    """All templates of all environments."""
    return stack_templates(assembly)
