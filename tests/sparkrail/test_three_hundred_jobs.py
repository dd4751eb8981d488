"""300 jobs of one team stay within every limit of CloudFormation and IAM."""

import json

import pytest
from pipelines import table

LONGEST_ID = 120
"""Characters that a generated name or id may have once it is deployed."""

MAX_STACK_RESOURCES = 500
MAX_STACK_BYTES = 1_000_000
MAX_ROLES = 1_000
MAX_POLICIES = 1_500
MAX_POLICY_CHARACTERS = 6_144


def deployed(value):
    """A value with every reference as long as it can get."""
    if isinstance(value, list):
        return [deployed(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(deployed(value["Fn::Join"][1]))
    if set(value) & {"Ref", "Fn::GetAtt", "Fn::GetStackOutput"}:
        return "x" * LONGEST_ID
    return {key: deployed(each) for key, each in value.items()}


@pytest.fixture(scope="module")
def stacks(tmp_path_factory):
    from pipelines import MAIN, ROOT, environment

    from sparkmodel import Job, Project
    from sparkrail.synthesis import new_app
    from sparkrail.testing.assembly import stack_templates
    from stacks.platform import build

    root = tmp_path_factory.mktemp("many")
    jobs = []
    for index in range(300):
        folder = root / "spark_jobs" / f"a_job_with_a_long_name_{index:03d}"
        folder.mkdir(parents=True)
        (folder / "main.py").write_text(MAIN, encoding="utf-8")
        jobs.append(
            Job.model_validate(
                {
                    "folder": folder,
                    "team": "sales",
                    "trigger": {"rate": "1 day"},
                    "inputs": {f"i{n}": {"path": f"raw/feed_{n}/"} for n in range(3)},
                    "outputs": {f"o{n}": {"table": f"shop.t{index}_{n}"} for n in range(2)},
                }
            )
        )
    tables = {o.table: table(o.table) for job in jobs for o in job.outputs.values()}
    config = environment()
    project = Project(root, {"dev": config}, tables, {"dev": tuple(jobs)})
    outdir = tmp_path_factory.mktemp("assembly")
    build(new_app(ROOT, outdir=outdir), project, environments=["dev"]).synth()
    return stack_templates(outdir)


pytestmark = pytest.mark.slow


def test_every_job_is_in_one_stack(stacks):
    machines = [
        machine["StateMachineName"]
        for stack in stacks
        if stack.part.startswith("jobs-")
        for machine in stack.of_type("AWS::StepFunctions::StateMachine").values()
    ]

    assert len(machines) == len(set(machines)) == 300


def test_every_stack_is_within_its_limits(stacks):
    for stack in stacks:
        assert len(stack.resources) <= MAX_STACK_RESOURCES, stack.name
        assert stack.file.stat().st_size <= MAX_STACK_BYTES, stack.name
        assert len(stack.template.get("Outputs", {})) <= 200


def test_the_account_is_within_its_limits(stacks):
    roles = sum(len(stack.of_type("AWS::IAM::Role")) for stack in stacks)
    policies = sum(len(stack.of_type("AWS::IAM::ManagedPolicy")) for stack in stacks)

    assert roles <= MAX_ROLES
    assert policies <= MAX_POLICIES


def test_every_policy_is_within_its_limit(stacks):
    for stack in stacks:
        for id_, policy in stack.of_type("AWS::IAM::ManagedPolicy").items():
            text = json.dumps(deployed(policy["PolicyDocument"]), separators=(",", ":"))
            assert len(text) <= MAX_POLICY_CHARACTERS, (stack.name, id_)


def test_every_name_is_within_its_limit(stacks):
    for stack in stacks:
        assert len(stack.name) <= 128
        assert all(len(role["RoleName"]) <= 64 for role in stack.of_type("AWS::IAM::Role").values())


def test_an_estimate_of_a_template_is_never_too_small(stacks):
    from sparkrail.jobs.shards import MAX_BYTES

    jobs = [stack for stack in stacks if stack.part.startswith("jobs-")]

    assert max(stack.file.stat().st_size for stack in jobs) <= MAX_BYTES
