"""Stacks come in order, and refer only to what was deployed before them."""

import json

import pytest


def order(assembly, environment):
    manifest = json.loads((assembly / f"assembly-{environment}" / "manifest.json").read_text())
    stacks = {
        id_: artifact
        for id_, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    return {
        artifact["properties"]["stackName"]: {
            stacks[each]["properties"]["stackName"]
            for each in artifact["dependencies"]
            if each in stacks
        }
        for artifact in stacks.values()
    }


def references(value):
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        if "Fn::GetStackOutput" in value:
            yield value["Fn::GetStackOutput"]
        for each in value.values():
            yield from references(each)


def reachable(before, stack):
    found = set(before[stack])
    for each in before[stack]:
        found |= reachable(before, each)
    return found


@pytest.fixture(params=["dev", "prod"])
def environment(request):
    return request.param


def test_base_comes_first_and_jobs_come_last(assembly, environment, project):
    before = order(assembly, environment)
    prefix = project.environments[environment].prefix

    assert before[f"{prefix}-base"] == set()
    assert f"{prefix}-base" in before[f"{prefix}-lake"]
    assert {f"{prefix}-base", f"{prefix}-lake"} <= before[f"{prefix}-jobs-health-0"]


def test_what_a_stack_reads_is_published_by_a_stack_before_it(assembly, environment, stacks):
    before = order(assembly, environment)
    published = {s.name: set(s.template.get("Outputs", {})) for s in stacks}
    for stack in stacks:
        if stack.environment != environment:
            continue
        for reference in references(stack.template):
            assert reference["StackName"] in reachable(before, stack.name)
            assert reference["OutputName"] in published[reference["StackName"]]


def test_no_reference_locks_a_stack(stacks):
    for stack in stacks:
        assert "Fn::ImportValue" not in json.dumps(stack.template)
        assert not any("Export" in each for each in stack.template.get("Outputs", {}).values())
