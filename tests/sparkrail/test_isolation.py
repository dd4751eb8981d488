"""Projects, environments and jobs do not touch each other."""

import re
import shutil

import pytest
from pipelines import environment

PHYSICAL = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::Events::EventBus": "Name",
    "AWS::Glue::Database": "DatabaseInput.Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}


def physical_names(stacks):
    for stack in stacks.values():
        yield ("stack", stack.name)
        for resource in stack.resources.values():
            value = resource.get("Properties", {})
            for key in PHYSICAL.get(resource["Type"], "none").split("."):
                value = (value or {}).get(key)
            if value:
                yield (resource["Type"], str(value))


@pytest.fixture
def four(make_project, make_job, synth):
    """Names of two projects with two environments each, all with the same job."""
    found = {}
    zones = {"mode": "own", "availability_zones": ("eu-west-1a", "eu-west-1b")}
    for project in ("acme", "acme-lab"):
        for name in ("dev", "prod"):
            config = environment(project=project, name=name, network=zones)
            job = make_job(trigger={"rate": "1 day"})
            stacks = synth(make_project(job, environments=[config]))
            found[project, name] = list(physical_names(stacks))
    return found


def test_two_projects_and_environments_in_one_account_share_no_name(four):
    everything = [name for names in four.values() for name in names]

    assert len(everything) > 60
    assert len(set(everything)) == len(everything)


def test_every_name_begins_with_its_project_and_environment(four):
    for (project, environment_name), names in four.items():
        for type_, name in names:
            start = rf"({project}-{environment_name}-|/aws/.*/{project}/{environment_name}(/|$))"
            database = f"{project}_{environment_name}_".replace("-", "_")
            assert re.search(start, name) or name.startswith(database), (type_, name)


def test_deleting_a_job_changes_nothing_else(make_project, make_job, synth):
    stays, goes = make_job("orders"), make_job("returns", trigger={"rate": "1 day"})
    tables = ["shop.orders", "shop.returns"]
    before = synth(make_project(stays, goes, tables=tables))

    shutil.rmtree(goes.folder)
    after = synth(make_project(stays, tables=tables))

    assert set(before) == set(after)
    for name, stack in after.items():
        for id_, resource in stack.resources.items():
            assert before[name].resources[id_] == resource
        gone = set(before[name].resources) - set(stack.resources)
        assert gone == set(before[name].of_job("returns"))
        assert before[name].template.get("Outputs") == stack.template.get("Outputs")


def test_teams_cannot_read_each_others_code(make_project, make_job, synth):
    teams = {
        "sales": {"max_vcpu": 400, "concurrent_runs": 2},
        "stock": {"max_vcpu": 400, "concurrent_runs": 2},
    }
    project = make_project(
        make_job("orders"),
        make_job("shelves", team="stock"),
        environments=[environment(teams=teams)],
    )
    stacks = synth(project)

    for team in teams:
        policies = stacks[f"acme-dev-jobs-{team}-0"].of_type("AWS::IAM::ManagedPolicy").values()
        (read,) = [
            statement
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Sid"] == "ReadCode"
        ]
        assert read["Resource"] == [
            f"arn:aws:s3:::cdk-hnb659fds-assets-111111111111-eu-west-1/acme/dev/{team}/*"
        ]


def test_code_is_where_the_template_says(make_project, make_job, synth):
    import json

    stack = synth(make_project(make_job()))["acme-dev-jobs-sales-0"]
    (machine,) = stack.of_type("AWS::StepFunctions::StateMachine").values()
    assets = json.loads(
        stack.file.with_name(stack.file.name.replace(".template.", ".assets.")).read_text()
    )
    published = {
        f"s3://{each['bucketName']}/{each['objectKey']}"
        for file in assets["files"].values()
        for each in file["destinations"].values()
    }

    assert machine["DefinitionSubstitutions"]["EntryPoint"] in published
    assert machine["DefinitionSubstitutions"]["Code"] in published
    for file in assets["files"].values():
        assert (stack.file.parent / file["source"]["path"]).exists()
