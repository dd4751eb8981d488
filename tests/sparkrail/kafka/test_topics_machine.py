"""The machine of a topics job asks for the brokers before every attempt, and tells the driver."""

import json
from dataclasses import replace

import pytest

from sparkmodel.asl import findings
from sparkrail.jobs.blueprint import Code, job_resources
from sparkrail.kafka.brokers import brokers_state
from sparkrail.names import Names
from sparkrail.workflow.definition import BatchRun, definition

ASK = "arn:aws:states:::aws-sdk:kafka:getBootstrapBrokers"


@pytest.fixture
def machine(make_topics_job, with_kafka):
    on = with_kafka()
    what = BatchRun(entry_point="${EntryPoint}", spark_submit="", arguments=["'--job'"])
    return json.loads(definition(make_topics_job(on), what, names=Names(on)))


@pytest.fixture
def states(machine):
    return machine["States"]


def test_it_keeps_the_rules_of_machines(machine):
    assert findings(machine) == []


def test_it_asks_between_claim_and_run(states):
    assert states["Claim"]["Next"] == "Brokers"
    assert states["Brokers"]["Resource"] == ASK
    assert states["Brokers"]["Parameters"] == {"ClusterArn": "${KafkaClusterArn}"}
    assert states["Brokers"]["Next"] == "Run"


def test_another_attempt_asks_again_for_its_note_keeps_nothing_of_the_last(states):
    assert "brokers" not in json.dumps(states["NextAttempt"]["Parameters"])
    assert states["Backoff"]["Next"] == "Brokers"


def test_the_driver_is_told_the_brokers_and_to_prove_who_it_is(states):
    spark = states["Run"]["Parameters"]["JobDriver"]["SparkSubmit"]

    told = spark["EntryPointArguments.$"]

    assert "'--brokers', $.brokers.iam, '--security', 'iam'" in told
    assert states["Brokers"]["ResultPath"] == "$.brokers"
    assert states["Brokers"]["ResultSelector"] == {"iam.$": "$.BootstrapBrokerStringSaslIam"}


def test_a_run_that_finds_no_brokers_fails_with_what_msk_said(states):
    (catcher,) = states["Brokers"]["Catch"]
    told = states[catcher["Next"]]

    assert told["Parameters"]["message.$"].startswith("States.Format('Where the Kafka brokers are")
    assert told["ResultPath"] == "$.cause"
    assert told["Next"] == "MarkFailed"


def test_another_machine_chooses_where_the_answer_goes():
    assert brokers_state("Start", "Lost", keep="$.given")["ResultPath"] == "$.given"


@pytest.fixture
def deployed(platform, make_topics_job):
    """Properties of what belongs to the topics job, by name, in an environment."""

    def deploy(on):
        resources = job_resources(
            make_topics_job(on),
            replace(platform, environment=on),
            code=Code(entry_point="m", code="c", environment=None, jars=(), readable=("arn",)),
            application_id="00a",
        )
        return {id_: each["Properties"] for id_, each in resources.items()}

    return deploy


def test_it_is_deployed_with_the_cluster_of_the_environment(deployed, with_kafka, platform):
    machine = deployed(with_kafka())["Machine"]

    assert machine["DefinitionSubstitutions"]["KafkaClusterArn"] == platform.kafka


def test_the_deploy_of_the_teams_jobs_starts_it(deployed, with_kafka):
    rule = deployed(with_kafka())["Rule"]
    pattern = rule["EventPattern"]

    assert (pattern["source"], pattern["detail-type"]) == (
        ["aws.cloudformation"],
        ["CloudFormation Stack Status Change"],
    )
    (stack,) = pattern["detail"]["stack-id"]
    assert stack["prefix"].endswith(":stack/acme-dev-jobs-sales-")
    assert "EventBusName" not in rule, "AWS's own events are on the default bus"
    assert rule["State"] == "ENABLED"
    assert rule["Targets"][0]["Arn"] == {"Ref": "Machine"}


@pytest.mark.parametrize("changes", [{"streams": "wait"}, {"triggers": "paused"}])
def test_topics_wait_together_with_the_streams_that_read_them(changes, deployed, with_kafka):
    assert deployed(with_kafka(**changes))["Rule"]["State"] == "DISABLED"
