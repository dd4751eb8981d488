"""Public checkers find nothing that we did not think of."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sparkrail.jobs.late import AS_CONSTRUCTS
from sparkrail.rules.acknowledgements import ACKNOWLEDGED, acknowledge, findings, matching
from sparkrail.synthesis import new_app
from stacks.platform import build

NOT_OURS = {
    "W3005": "CDK writes DependsOn beside references",
    "W3010": "subnets are in the zones that the configuration names",
}


def as_constructs(root, outdir):
    """An app in which cdk-nag sees every resource of every job."""
    app = new_app(root, outdir=outdir)
    app.node.set_context(AS_CONSTRUCTS, True)
    return app


@pytest.fixture(scope="module")
def checked_app(root, project, tmp_path_factory):
    outdir = tmp_path_factory.mktemp("nag")
    return build(as_constructs(root, outdir), project, environments=sorted(project.environments))


def lint(arguments):
    command = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [str(command), "--format", "json", *arguments], capture_output=True, text=True, check=False
    )
    return [(each["Rule"]["Id"], each["Message"]) for each in json.loads(done.stdout)]


def test_cfn_lint_finds_nothing(stacks):
    files = [str(stack.file) for stack in stacks]
    ignored = [argument for rule in NOT_OURS for argument in ("--ignore-checks", rule)]

    assert lint([*ignored, "--template", *files]) == []


def test_cfn_lint_is_really_asked(tmp_path):
    wrong = tmp_path / "wrong.template.json"
    resource = {"Type": "AWS::SQS::Queue", "Properties": {"NoSuchProperty": 1}}
    wrong.write_text(json.dumps({"Resources": {"Queue": resource}}))

    assert [rule for rule, _ in lint(["--template", str(wrong)])] == ["E3002"]


def test_aws_solutions_finds_only_what_is_acknowledged(checked_app):
    found = findings(checked_app)

    assert [each for each in found if not list(matching(each))] == []


def test_every_acknowledgement_still_meets_a_finding(checked_app):
    met = {known for each in findings(checked_app) for known in matching(each)}

    assert [known.rule for known in ACKNOWLEDGED if known not in met] == []


def test_acknowledged_the_app_is_clean(root, project, tmp_path):
    app = build(as_constructs(root, tmp_path), project, environments=["prod"])

    acknowledge(app)

    assert findings(app) == []


@pytest.mark.parametrize("known", ACKNOWLEDGED, ids=lambda known: known.resource)
def test_an_acknowledgement_names_the_limit_that_causes_it(known):
    services = (
        "S3",
        "SQS",
        "CloudWatch",
        "X-Ray",
        "EMR Serverless",
        "IAM",
        "MSK",
        "Step Functions",
    )

    assert len(known.reason) >= 40
    assert any(service in known.reason for service in services)
