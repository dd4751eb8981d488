"""Machines of the app keep the rules in every synth: ours, and those that a user adds."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

import sparkrail  # noqa: F401  (chooses Node.js before aws_cdk starts it)
from sparkmodel import load_project
from sparkmodel.asl import findings, findings_in_template
from sparkmodel.asl.template import MACHINE
from sparkrail.synthesis import new_app
from sparkrail.testing.assembly import stack_templates
from stacks.platform import build

ROOT = Path(__file__).parents[3]
REASON = "The service behind this machine is not idempotent, so that a retry would harm."


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """The whole app, synthesized with the rules on."""
    project = load_project(ROOT)
    app = new_app(ROOT, outdir=tmp_path_factory.mktemp("machines"))
    build(app, project, environments=sorted(project.environments))
    return stack_templates(Path(app.synth().directory))


@pytest.fixture(scope="module")
def definitions(checked):
    return {
        f"{stack.name}/{id_}": json.loads(properties["DefinitionString"])
        for stack in checked
        for id_, properties in stack.of_type(MACHINE).items()
    }


def test_every_machine_of_the_app_keeps_every_rule(checked, definitions):
    assert definitions
    assert [found for stack in checked for found in findings_in_template(stack.template)] == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [("Retry", "TaskRetry"), ("Catch", "TaskCatch"), ("TimeoutSeconds", "TaskTimeout")],
)
def test_what_is_taken_out_of_any_task_of_the_app_is_found(definitions, name, rule):
    for definition in definitions.values():
        for state, body in definition["States"].items():
            if body["Type"] == "Task":
                without = {key: value for key, value in body.items() if key != name}
                changed = {**definition, "States": {**definition["States"], state: without}}
                found = {(each.rule, each.path) for each in findings(changed)}

                assert (rule, state) in found


class Added(cdk.Stage):
    """What a user adds: two machines made with constructs of the CDK."""

    def __init__(self, scope):
        super().__init__(scope, "own")
        stack = cdk.Stack(self, "machines")
        self.machines = [self._machine(stack, name) for name in ("One", "Two")]

    @staticmethod
    def _machine(stack, name):
        call = tasks.CallAwsService(
            stack, f"Call{name}", service="s3", action="putObject", iam_resources=["*"],
            parameters={"Bucket": "b"},
            task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(1)),
        )  # fmt: skip
        call.add_catch(sfn.Fail(stack, f"Failed{name}", error="E", cause_path="$.Cause"))
        body = sfn.DefinitionBody.from_chainable(call)
        return sfn.StateMachine(stack, name, definition_body=body).node.default_child


@pytest.fixture
def users_app(tmp_path):
    app = new_app(ROOT, outdir=tmp_path)
    return app, Added(app)


def acknowledge(machine, rule="Sparkrail-Machines::TaskRetry"):
    cdk.Validations.of(machine).acknowledge(cdk.Acknowledgment(id=rule, reason=REASON))


def test_a_users_machine_is_refused_with_state_reason_and_fix(users_app):
    app, _ = users_app

    with pytest.raises(RuntimeError) as refused:
        app.synth()

    said = str(refused.value)
    assert "State CallOne: it never retries" in said
    assert "own/machines/One/Resource" in said
    assert "JitterStrategy" in said
    assert "Sparkrail-Machines::TaskRetry" in said


def test_acknowledged_on_both_machines_the_app_passes_and_the_report_has_the_reason(users_app):
    app, added = users_app
    for machine in added.machines:
        acknowledge(machine)

    assembly = app.synth()

    report = (Path(assembly.directory) / "validation-report.json").read_text()
    assert report.count(REASON) == 2


def test_an_acknowledgement_silences_neither_another_machine_nor_another_rule(users_app):
    app, added = users_app
    acknowledge(added.machines[0])
    acknowledge(added.machines[1], rule="Sparkrail-Machines::TaskCatch")

    with pytest.raises(RuntimeError) as refused:
        app.synth()

    assert "CallTwo" in str(refused.value)
    assert "CallOne" not in str(refused.value)
