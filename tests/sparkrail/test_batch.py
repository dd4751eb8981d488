"""Logical ids of jobs never meet, whatever jobs are called."""

import hashlib
import itertools

import pytest
from aws_cdk import Tags
from pipelines import ROOT, environment

from sparkrail.jobs.batch import logical_suffix, with_suffix
from sparkrail.jobs.late import AS_CONSTRUCTS
from sparkrail.synthesis import new_app
from sparkrail.testing.assembly import stack_templates
from stacks.platform import build

KINDS = ("Policy", "Role", "MachinePolicy", "MachineRole", "Machine", "TriggerRole", "FailedAlarm")
NAMES = ("a", "a_1", "a1", "a_b", "ab", "a__b", "a_", "role", "a_role", "of_a", "machine_role_of_a")


def test_no_two_jobs_share_a_logical_id():
    ids = [f"{kind}{logical_suffix(name)}" for kind, name in itertools.product(KINDS, NAMES)]

    assert len(set(ids)) == len(ids)
    assert all(each.isalnum() for each in ids)


def test_references_follow_and_others_stay():
    resources = {
        "Role": {"Type": "T", "Properties": {"Arn": {"Ref": "Policy"}, "Other": {"Ref": "Else"}}},
        "Policy": {"Type": "T", "DependsOn": ["Role"], "Properties": {}},
        "Machine": {"Type": "T", "Properties": {"R": [{"Fn::GetAtt": ["Role", "Arn"]}]}},
    }

    renamed = with_suffix(resources, "OfX")

    assert renamed["RoleOfX"]["Properties"] == {
        "Arn": {"Ref": "PolicyOfX"},
        "Other": {"Ref": "Else"},
    }
    assert renamed["PolicyOfX"]["DependsOn"] == ["RoleOfX"]
    assert renamed["MachineOfX"]["Properties"] == {"R": [{"Fn::GetAtt": ["RoleOfX", "Arn"]}]}


def test_written_late_or_made_as_constructs_a_template_is_the_same(
    make_project, make_job, tmp_path
):
    jobs = make_job("orders", trigger={"rate": "1 day"}), make_job("returns")
    teams = {"sales": {"max_vcpu": 400, "concurrent_runs": 2, "shards": 2}}
    project = make_project(*jobs, environments=[environment(teams=teams)])
    templates = []
    for index, made in enumerate((False, True)):
        app = new_app(ROOT, outdir=tmp_path / str(index))
        app.node.set_context(AS_CONSTRUCTS, made)
        build(app, project, environments=["dev"]).synth()
        stacks = stack_templates(tmp_path / str(index))
        templates.append({stack.name: stack.template for stack in stacks})

    assert templates[0] == templates[1]
    assert len(templates[0]) == 5


def test_tags_that_would_miss_the_jobs_are_refused_and_reach_them_as_constructs(
    make_project, make_job, tmp_path
):
    project = make_project(make_job())
    late = build(new_app(ROOT, outdir=tmp_path / "late"), project, environments=["dev"])
    Tags.of(late.node.find_child("dev")).add("cost-centre", "42")
    made = new_app(ROOT, outdir=tmp_path / "made")
    made.node.set_context(AS_CONSTRUCTS, True)
    build(made, project, environments=["dev"])
    Tags.of(made.node.find_child("dev")).add("cost-centre", "42")

    with pytest.raises(RuntimeError, match="would not reach the resources of jobs"):
        late.synth()
    made.synth()

    jobs = {each.name: each.template for each in stack_templates(tmp_path / "made")}
    machines = [
        resource["Properties"]["Tags"]
        for template in jobs.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    assert machines
    assert all({"Key": "cost-centre", "Value": "42"} in tags for tags in machines)


def test_a_published_template_is_named_by_its_content(make_project, make_job, tmp_path):
    app = build(new_app(ROOT, outdir=tmp_path), make_project(make_job()), environments=["dev"])
    app.synth()

    for stack in stack_templates(tmp_path):
        digest = hashlib.sha256(stack.file.read_bytes()).hexdigest()
        assets = stack.file.with_name(stack.file.name.replace(".template.", ".assets."))
        if stack.part.startswith("jobs-"):
            assert f'"{digest}"' in assets.read_text(encoding="utf-8")
