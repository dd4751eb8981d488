"""Projects that are built in Python, and what a synth makes of them."""

import pytest
from pipelines import MAIN, ROOT, environment, table

import sparkrail  # noqa: F401  (chooses Node.js before aws_cdk starts it)
from sparkmodel import Job, Project
from sparkrail.synthesis import new_app
from sparkrail.testing.assembly import stack_templates
from stacks.platform import build


@pytest.fixture
def make_job(tmp_path):
    """Make a job with a folder of its own; settings as in job.toml."""

    def make(name="orders", **settings):
        folder = tmp_path / "spark_jobs" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "main.py").write_text(MAIN, encoding="utf-8")
        (folder / "__init__.py").touch()
        (folder / "job.toml").touch()  # a folder without one is a package that jobs share
        given = {"team": "sales", "outputs": {"rows": {"table": f"shop.{name}"}}, **settings}
        return Job.model_validate({"folder": folder, **given})

    return make


@pytest.fixture
def make_project(tmp_path):
    """Make a project of some jobs in some environments."""

    def make(*jobs, environments=None, tables=()):
        configs = environments or [environment()]
        names = {output.table for job in jobs for output in job.outputs.values()}
        contracts = {name: table(name) for name in sorted(names | set(tables))}
        return Project(
            tmp_path,
            {each.name: each for each in configs},
            contracts,
            {each.name: tuple(sorted(jobs, key=lambda job: job.name)) for each in configs},
        )

    return make


@pytest.fixture
def synth(tmp_path_factory):
    """Synthesize a project and read its templates, by name of stack."""

    def synthesize(project):
        outdir = tmp_path_factory.mktemp("assembly")
        app = build(
            new_app(ROOT, outdir=outdir), project, environments=sorted(project.environments)
        )
        app.synth()
        return {stack.name: stack for stack in stack_templates(outdir)}

    return synthesize
