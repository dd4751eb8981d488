"""`streams`, and what the other commands say of a stream."""

from datetime import datetime, timedelta

import pytest
from cli_cloud import ACCOUNT, PREFIX
from cli_streams import METRICS

pytestmark = pytest.mark.usefixtures("cloud", "clicks", "reconciler")


def shown(sparkrail, *words):
    ended = sparkrail(*words, "--json")
    assert ended.code == 0, ended.err
    return ended.document


def test_streams_shows_state_version_lag_and_speed(sparkrail, stream_row, control_file):
    stream_row("RUNNING", version="0badcafe", application="00f1", jobRun="00r1")
    control_file("progress.json", METRICS)

    (stream,) = shown(sparkrail, "streams")

    assert (stream["job"], stream["topic"], stream["table"]) == ("clicks", "clicks", "shop.clicks")
    assert (stream["state"], stream["generation"], stream["version"]) == ("RUNNING", 3, "0badcafe")
    assert (stream["lag_sum"], stream["rows_per_second"], stream["batch_seconds"]) == (70, 600, 2)
    assert (stream["quarantine_percent"], stream["concerns"], stream["alarms"]) == (1.0, [], [])


def test_streams_prints_a_line_per_stream_and_what_will_replace_it(
    sparkrail, stream_row, control_file
):
    stream_row("RUNNING", version="11111111")
    control_file("progress.json", METRICS)

    ended = sparkrail("streams")

    assert "11111111 -> 0badcafe" in ended.out
    assert "600" in ended.out
    assert "1.00 %" in ended.out
    assert "logs clicks --follow" in ended.err


def test_metrics_of_an_earlier_generation_are_not_shown(sparkrail, stream_row, control_file):
    stream_row("STARTING", generation=4)
    control_file("progress.json", METRICS)

    (stream,) = shown(sparkrail, "streams")

    assert stream["lag_sum"] is None


@pytest.mark.parametrize(
    ("changed", "minutes", "said"),
    [
        ({}, 10, "has said nothing for 10 minutes"),
        ({"batch_seconds": 400}, 0, "took 400 s, over 300 s"),
        ({"behind_seconds": 100 * 3600}, 0, "100.0 hours behind, and the topic keeps 168 hours"),
        ({"quarantine_percent": 6.0}, 0, "6.0 % of a micro-batch went to quarantine"),
    ],
)
def test_what_its_alarms_would_say_is_said(  # noqa: PLR0917
    sparkrail, stream_row, control_file, monkeypatch, changed, minutes, said
):
    class Later(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) + timedelta(minutes=minutes)

    monkeypatch.setattr("sparkcli.streaming.overview.datetime", Later)
    stream_row("RUNNING")
    control_file("progress.json", {**METRICS, **changed})

    (concern,) = shown(sparkrail, "streams", "clicks")["concerns"]

    assert said in concern


def test_a_raised_alarm_of_the_stream_is_named(sparkrail, stream_row, cloud):
    stream_row("RUNNING")
    watch = cloud("cloudwatch")
    watch.put_metric_alarm(
        AlarmName=f"{PREFIX}-clicks-lag", Namespace="shop/dev/streams", MetricName="Lag",
        Dimensions=[{"Name": "job", "Value": "clicks"}], Statistic="Maximum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    watch.set_alarm_state(AlarmName=f"{PREFIX}-clicks-lag", StateValue="ALARM", StateReason="test")

    assert shown(sparkrail, "streams", "clicks")["alarms"] == [f"{PREFIX}-clicks-lag"]


def test_a_stream_that_failed_says_why_and_what_starts_it(sparkrail, stream_row, control_file):
    why = "TooManyQuarantined: 40 of 100 records could not be read\nFor example: ..."
    stream_row("FAILED", why=why)
    control_file(
        "reports/3.json",
        {"generation": 3, "version": "0badcafe", "state": "failed", "batches": 7, "rows": 10,
         "error": "TooManyQuarantined", "message": why},
    )  # fmt: skip

    ended = sparkrail("streams", "clicks")

    assert "40 of 100 records" in ended.out
    assert "./sparkrail resume clicks" in ended.err
    assert shown(sparkrail, "runs", "clicks")[0]["state"] == "failed"


def test_a_stream_that_nobody_started_is_new(sparkrail):
    (stream,) = shown(sparkrail, "streams")

    assert (stream["state"], stream["generation"]) == ("NEW", 0)


def test_pause_asks_the_reconciler_to_let_it_finish(sparkrail, reconciler, pause_row):
    first, again = shown(sparkrail, "pause", "clicks"), shown(sparkrail, "pause", "clicks")

    assert (first["already_paused"], again["already_paused"]) == (False, True)
    assert pause_row() is not None
    assert reconciler() == ["pause", "pause"]


def test_resume_ends_the_pause_and_lets_it_go_on(sparkrail, reconciler, pause_row, stream_row):
    stream_row("FAILED", why="it broke")
    sparkrail("pause", "clicks")

    resumed = shown(sparkrail, "resume", "clicks")

    assert (resumed["was"], resumed["why"]) == ("FAILED", "it broke")
    assert resumed["was_paused_since"]
    assert resumed["topics"] is None
    assert pause_row() is None
    assert reconciler() == ["pause", "resume"]


def test_resume_of_a_new_stream_makes_its_topic_first(sparkrail, reconciler, stream_row, cloud):
    stream_row("WAITING", generation=0)
    states = cloud("stepfunctions")
    states.create_state_machine(
        name=f"{PREFIX}-topics_shop",
        definition='{"StartAt": "F", "States": {"F": {"Type": "Fail", "Cause": "no broker"}}}',
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/x",
    )

    ended = sparkrail("resume", "clicks", "--json")

    assert ended.code == 1
    assert "topics_shop, which makes its topic" in ended.document["error"]["message"]
    assert reconciler() == []


def test_a_stream_misses_no_runs(sparkrail):
    ended = sparkrail("resume", "clicks", "--missed", "all", "--json")

    assert ended.code == 2
    assert "goes on where its last commit ended" in ended.document["error"]["message"]


@pytest.mark.parametrize(
    ("call", "command"),
    [
        (["run", "clicks"], "streams clicks"),
        (["rerun", "clicks", "--failed"], "streams clicks"),
        (["backfill", "clicks", "--from", "2026-11-01", "--to", "2026-11-02"], "streams clicks"),
        (["dev", "clicks"], "streams clicks"),
        (["shell", "clicks"], "streams clicks"),
        (["stop", "clicks"], "pause clicks"),
        (["runs", "clicks/20261121T063000Z"], "streams clicks"),
        (["logs", "clicks/manual"], "runs clicks"),
        (["logs", "clicks"], "resume clicks"),
    ],
)
def test_commands_about_runs_say_what_a_stream_has_instead(sparkrail, call, command):
    ended = sparkrail(*call, "--json")

    assert ended.code in (1, 2)
    assert ended.document["error"]["next"] == f"./sparkrail {command}"


def test_logs_are_those_of_the_newest_generation(sparkrail, stream_row, cloud):
    emr, logs = cloud("emr-serverless"), cloud("logs")
    application = emr.create_application(name="s", releaseLabel="emr-7.14.0", type="SPARK")
    run = emr.start_job_run(
        applicationId=application["applicationId"], clientToken="t", name="clicks/stream/3",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/x",
        jobDriver={"sparkSubmit": {"entryPoint": "s3://assets/main.py"}},
    )  # fmt: skip
    group = "/aws/emr-serverless/shop/dev/shop"
    place = f"applications/{application['applicationId']}/jobs/{run['jobRunId']}/attempts/1"
    stream = f"{place}/SPARK_DRIVER/"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=f"{stream}stdout")
    event = {"timestamp": 1_795_000_000_000, "message": "batch 7"}
    logs.put_log_events(logGroupName=group, logStreamName=f"{stream}stdout", logEvents=[event])
    stream_row("RUNNING", application=application["applicationId"], jobRun=run["jobRunId"])

    assert [line["text"] for line in shown(sparkrail, "logs", "clicks")["lines"]] == ["batch 7"]


def test_check_shows_streams_and_topics(sparkrail):
    checked = shown(sparkrail, "check")

    jobs = {job["job"]: job for job in checked["jobs"]}
    assert jobs["clicks"]["trigger"] == "runs all the time, a micro-batch every 60 s"
    assert jobs["clicks"]["inputs"] == {"clicks": "topic clicks"}
    assert jobs["topics_shop"]["trigger"].startswith("after each deploy")
    (topic,) = checked["topics"]
    assert (topic["topic"], topic["made_by"]) == ("clicks", "topics_shop")
    assert topic["streams"] == ["clicks"]
    assert {one["purpose"] for one in checked["applications"]} == {"Batch", "Stream"}


def test_without_brokers_a_stream_is_no_part_and_that_is_said(sparkrail, clicks):
    config = clicks / "config/dev.toml"
    config.write_text(config.read_text().replace('"serverless"', '"none"'))

    for call in (["streams"], ["resume", "clicks"], ["produce", "clicks"]):
        ended = sparkrail(*call, "--json")
        assert ended.code == 2
        assert 'kafka.mode = "none"' in ended.document["error"]["message"]
