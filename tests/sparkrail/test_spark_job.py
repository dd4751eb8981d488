"""A job built in Python, in a stack of the user's own, is the same pipeline."""

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template
from pipelines import environment, table

from sparkmodel import ManifestError
from sparkrail import Platform, SparkJob
from sparkrail.jobs.extension import extend


@pytest.fixture
def stack():
    account = cdk.Environment(account="111111111111", region="eu-west-1")
    return cdk.Stack(cdk.App(analytics_reporting=False), "Own", env=account)


@pytest.fixture
def platform():
    return Platform.of(environment(), tables={"shop.orders": table("shop.orders")})


def test_without_a_manifest_it_has_role_machine_trigger_and_alarm(stack, platform, make_job):
    SparkJob(stack, "Orders", job=make_job(trigger={"rate": "1 day"}), platform=platform)
    template = Template.from_stack(stack)

    template.resource_count_is("AWS::StepFunctions::StateMachine", 1)
    template.resource_count_is("AWS::IAM::Role", 3)
    template.resource_count_is("AWS::IAM::ManagedPolicy", 3)
    template.resource_count_is("AWS::Scheduler::Schedule", 1)
    template.resource_count_is("AWS::CloudWatch::Alarm", 1)


def test_a_job_without_trigger_is_started_by_people_only(stack, platform, make_job):
    SparkJob(stack, "Orders", job=make_job(), platform=platform)
    template = Template.from_stack(stack)

    template.resource_count_is("AWS::Scheduler::Schedule", 0)
    template.resource_count_is("AWS::IAM::Role", 2)


def test_its_role_reads_its_code_wherever_the_stack_puts_it(stack, platform, make_job):
    pipeline = SparkJob(stack, "Orders", job=make_job(), platform=platform)
    policies = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy")

    (read,) = [
        statement
        for policy in policies.values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "ReadCode"
    ]
    keys = {uri.rpartition("/")[2] for uri in (pipeline.package.entry_point, pipeline.package.code)}
    assert {str(each).rpartition("/")[2].rstrip("]}'") for each in read["Resource"]} == keys


def test_it_finds_the_teams_application_by_its_published_id(stack, platform, make_job):
    SparkJob(stack, "Orders", job=make_job(), platform=platform)

    reference = {
        "StackName": "acme-dev-jobs-sales-0",
        "OutputName": Match.string_like_regexp("BatchEmr7140X8664[0-9a-f]{8}Id"),
    }
    Template.from_stack(stack).has_resource_properties(
        "AWS::StepFunctions::StateMachine",
        {
            "DefinitionSubstitutions": {
                "ApplicationId": {"Fn::GetStackOutput": Match.object_like(reference)}
            }
        },
    )


def test_paused_triggers_are_deployed_switched_off(stack, make_job):
    paused = Platform.of(
        environment(triggers="paused"), tables={"shop.orders": table("shop.orders")}
    )
    SparkJob(stack, "Orders", job=make_job(trigger={"rate": "1 day"}), platform=paused)

    Template.from_stack(stack).has_resource_properties(
        "AWS::Scheduler::Schedule", {"State": "DISABLED"}
    )


def test_a_schedule_keeps_its_time_zone(stack, platform, make_job):
    trigger = {"cron": "30 6 * * ? *", "timezone": "America/Lima"}
    SparkJob(stack, "Orders", job=make_job(trigger=trigger), platform=platform)

    Template.from_stack(stack).has_resource_properties(
        "AWS::Scheduler::Schedule",
        {
            "ScheduleExpression": "cron(30 6 * * ? *)",
            "ScheduleExpressionTimezone": "America/Lima",
        },
    )


def test_its_resources_can_be_changed_by_name(stack, platform, make_job):
    pipeline = SparkJob(stack, "Orders", job=make_job(), platform=platform)

    pipeline.resource("FailedAlarm").add_property_override("Threshold", 5)

    Template.from_stack(stack).has_resource_properties("AWS::CloudWatch::Alarm", {"Threshold": 5})


def test_extend_adds_to_the_jobs_stack(stack, platform, make_job):
    job = make_job(has_extend=True)
    (job.folder / "extend.py").write_text(
        "from aws_cdk import aws_sqs\n"
        "def extend(job):\n"
        "    aws_sqs.CfnQueue(job, 'Inbox', queue_name=job.platform.names.machine(job.job.name))\n",
        encoding="utf-8",
    )
    extend(SparkJob(stack, "Orders", job=job, platform=platform))

    Template.from_stack(stack).has_resource_properties(
        "AWS::SQS::Queue", {"QueueName": "acme-dev-orders"}
    )


def test_an_extend_without_its_function_says_what_to_write(stack, platform, make_job):
    job = make_job(has_extend=True)
    (job.folder / "extend.py").write_text("x = 1\n", encoding="utf-8")
    pipeline = SparkJob(stack, "Orders", job=job, platform=platform)

    with pytest.raises(ManifestError, match=r"spark_jobs/orders/extend.py") as refused:
        extend(pipeline)

    assert "def extend(job: SparkJob)" in str(refused.value)
