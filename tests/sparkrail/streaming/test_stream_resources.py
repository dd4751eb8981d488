"""What a template has for a stream, without CDK."""

import json

import pytest
from stream_cloud import environment, job

from sparkmodel import Topic
from sparkmodel.capacity import ApplicationKey
from sparkrail.jobs.application import application_logical_id, application_output
from sparkrail.jobs.blueprint import job_resources
from sparkrail.jobs.code import Code
from sparkrail.names import Names
from sparkrail.observability.stream_metrics import METRICS, metric_filters
from sparkrail.packaging_assets.stream_conf import stream_conf
from sparkrail.platform import Buckets, Keys, Platform, TeamRoom

DIGEST = "d" * 64


def platform(*, retention_hours=168, **kafka):
    topic = Topic.model_validate(
        {
            "name": "sales",
            "owner": "sales",
            "partitions": 4,
            "retention_hours": retention_hours,
            "columns": {"id": {"type": "string"}},
        }
    )
    policies = dict.fromkeys(("jobs", "machines", "triggers"), "arn:shared")
    room = TeamRoom(schedule_group="g", machine_logs="arn:l", policies=policies, applications={})
    return Platform(
        environment=environment(**kafka),
        tables={},
        topics={"sales": topic},
        keys=Keys(data="arn:data", logs="arn:logs", messages="arn:messages"),
        buckets=Buckets(raw="raw", lake="lake", checkpoints="checkpoints", logs="logs"),
        ledger="ledger",
        kafka="arn:cluster",
        rooms={"sales": room},
    )


def resources(job_=None, where=None, digest=DIGEST):
    code = Code(
        entry_point="s3://c/main.py",
        code="s3://c/code.zip",
        environment=None,
        jars=["s3://c/kafka.jar"],
        readable=["arn:code"],
        digest=digest,
    )
    return job_resources(job_ or job(), where or platform(), code=code, application_id="00app")


def version(**more):
    machine = resources(**more)["Machine"]["Properties"]
    return machine["DefinitionSubstitutions"]["Version"]


def test_the_version_changes_with_what_would_run_otherwise():
    before = version()

    assert version() == before
    assert len(before) == 8
    assert version(digest="e" * 64) != before
    assert version(job_=job(max_offsets=5)) != before
    assert version(job_=job(state_version=2)) != before


def test_the_version_stays_when_only_the_reconciler_changes():
    assert version(where=platform(streams="wait")) == version()
    assert version(job_=job(drain_minutes=99)) == version()


def test_everything_that_wakes_it_starts_its_own_machine():
    made = resources()

    for rule, by in (("EndedRule", "run"), ("DeployedRule", "deploy")):
        (target,) = made[rule]["Properties"]["Targets"]
        assert target["Arn"] == {"Ref": "Machine"}
        assert json.loads(target["Input"]) == {"by": by}
        assert target["RoleArn"] == {"Fn::GetAtt": ["TriggerRole", "Arn"]}
    watchdog = made["Watchdog"]["Properties"]
    assert watchdog["ScheduleExpression"] == "rate(5 minutes)"
    assert watchdog["Target"]["RoleArn"] == {"Fn::GetAtt": ["TickRole", "Arn"]}


def test_it_hears_of_its_own_runs_and_its_own_stack_only():
    made = resources()

    run = made["EndedRule"]["Properties"]["EventPattern"]["detail"]
    assert run["jobRunName"] == [{"prefix": "sales_stream/stream/"}]
    deploy = made["DeployedRule"]["Properties"]["EventPattern"]["detail"]
    assert deploy["stack-id"] == [{"Ref": "AWS::StackId"}]


def test_a_stream_has_no_trigger_of_runs():
    assert not {"Schedule", "Rule", "QueueRule"} & set(resources())


def test_alarms_hear_of_lag_silence_slowness_and_refusals():
    made = resources(job(cadence_seconds=600))

    assert made["SilentAlarm"]["Properties"]["TreatMissingData"] == "breaching"
    assert made["SlowAlarm"]["Properties"]["Threshold"] == 3000
    assert made["BehindAlarm"]["Properties"]["Threshold"] == 168 * 3600 / 2
    assert made["QuarantineAlarm"]["Properties"]["Threshold"] == 5
    assert "lag > 100000" in json.dumps(made["LagAlarm"])
    for name in ("LagAlarm", "SilentAlarm", "SlowAlarm", "BehindAlarm", "QuarantineAlarm"):
        assert made[name]["Properties"]["AlarmActions"], name
        assert '"acme/dev/streams"' in json.dumps(made[name]), name


def test_a_short_cadence_does_not_make_the_alarm_of_slowness_shrill():
    assert resources(job(cadence_seconds=1))["SlowAlarm"]["Properties"]["Threshold"] == 300


def test_nobody_is_told_of_silence_where_streams_wait():
    assert "SilentAlarm" not in resources(where=platform(streams="wait"))


def test_a_topic_that_keeps_everything_has_no_end_to_fall_off():
    assert "BehindAlarm" not in resources(where=platform(retention_hours=-1))


def test_each_number_of_the_metrics_line_becomes_a_metric_of_the_job():
    made = metric_filters(Names(environment()), log_group={"Ref": "DriverLogs"})

    assert len(made) == len(METRICS)
    lag = made["StreamLagSum"]["Properties"]
    assert lag["FilterPattern"] == '{ $.sparkrail = "stream" && $.lag_sum = * }'
    (transformation,) = lag["MetricTransformations"]
    assert transformation["Dimensions"] == [{"Key": "job", "Value": "$.job"}]


def test_one_more_stream_makes_a_new_application_and_moves_nobody():
    where, key = environment(), ApplicationKey.of(job())
    alone = application_logical_id(key, where, [job()])

    assert application_logical_id(key, where, [job(), job()]) != alone
    assert key.purpose == "Stream"
    assert alone.startswith("Stream")
    assert application_output(key, where) == application_output(key, where)


def test_a_driver_is_told_what_only_a_stream_is_told():
    definition = json.loads(resources()["Machine"]["Properties"]["DefinitionString"])
    payload = definition["States"]["Desired"]["Result"]["payload"]
    told = dict(zip(payload["Arguments"][::2], payload["Arguments"][1::2], strict=True))

    assert told["--input"] == "sales=topic:sales"
    assert told["--checkpoint"] == "s3://${CheckpointsBucketName}/sales_stream/v1/"
    assert told["--control"] == "s3://${LogsBucketName}/streams/sales_stream/"
    assert told["--stream-version"] == "${Version}"
    assert "--reports" not in told
    start = definition["States"]["Tell"]["Parameters"]["now.$"]
    assert "'--brokers', $.brokers.iam, '--security', 'iam', '--generation'" in start


@pytest.mark.parametrize(
    ("fleet", "conf"),
    [
        ("elastic", {"spark.dynamicAllocation.executorIdleTimeout": "300s"}),
        (
            "fixed",
            {"spark.dynamicAllocation.enabled": "false", "spark.executor.instances": "4"},
        ),
    ],
)
def test_a_fleet_is_elastic_or_fixed(fleet, conf):
    assert conf.items() <= stream_conf(job(fleet=fleet)).items()


def test_the_state_has_two_tasks_per_core_for_good():
    job_ = job()

    cores = job_.spark.max_executors * job_.spark.executor.vcpu
    assert stream_conf(job_)["spark.sql.shuffle.partitions"] == str(2 * cores)
