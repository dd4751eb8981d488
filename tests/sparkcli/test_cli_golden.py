"""What commands print, word for word: golden/<name>.txt holds calls and their answers.

SPARKRAIL_GOLDEN=write writes the answers anew; review them like code.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_cloud import ACCOUNT, PREFIX, REPORT, Deployed, FakeLaptop, recording
from cli_golden import compare

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.txt"))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
VARIES = {
    r"http://127\.0\.0\.1:\d+": "http://127.0.0.1:PORT",
    r"\b\d+\.\d s\b": "N s",
    r"(?<=^Seconds)  .*$": "  OF EACH PHASE",
    r'(?<=")(start|synth|deploy|total)": [\d.]+': r'\1": N',
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)": "TIME",
    r"execution:shop-dev-sales:k1-1-\d+": "execution:shop-dev-sales:k1-1-SUFFIX",
}


@pytest.fixture
def told(cloud, machine, ledger_row, project, tmp_path, monkeypatch):  # noqa: PLR0917
    """What the golden calls may refer to, at noon of 2026-11-22."""
    for module in ("pauses", "commands.resume", "backfilling.asking"):
        monkeypatch.setattr(f"sparkcli.{module}.now_in", lambda _cloud: NOON)
    machine(
        Claim={"Type": "Pass", "Next": "Run"},
        Run={"Type": "Pass", "Next": "Record"},
        Record={**recording("SUCCEEDED", report=REPORT), "End": True},
    )
    ledger_row(
        "20261120T063000Z",
        since="2026-11-20T06:30:00Z",
        report=REPORT,
        ended="2026-11-20T06:31:00Z",
    )
    ledger_row("20261121T063000Z", state="FAILED", cause="the disk is full\n" + "and more " * 20)
    (tmp_path / "tills.csv").write_text("day,amount\n2026-11-21,4\n")
    FakeLaptop.deployed = Deployed(created=(f"{PREFIX}-jobs-shop-0",), seconds=1.0)
    _job_run(cloud)


def _job_run(cloud):
    emr, logs = cloud("emr-serverless"), cloud("logs")
    application = emr.create_application(name="shop", releaseLabel="emr-7.14.0", type="SPARK")
    run = emr.start_job_run(
        applicationId=application["applicationId"],
        clientToken="t",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-sales-job",
        name="sales/20261120T063000Z/1",
        jobDriver={
            "sparkSubmit": {
                "entryPoint": "s3://assets/main.py",
                "entryPointArguments": ["--job", "sales"],
                "sparkSubmitParameters": "--conf spark.executor.memory=14g --py-files s3://a.zip",
            }
        },
    )
    cloud("dynamodb").update_item(
        TableName=f"{PREFIX}-ledger",
        Key={"pk": {"S": "job#sales"}, "sk": {"S": "run#20261120T063000Z"}},
        UpdateExpression="SET application = :a",
        ExpressionAttributeValues={":a": {"S": application["applicationId"]}},
    )
    group = "/aws/emr-serverless/shop/dev/shop"
    stream = (
        f"applications/{application['applicationId']}/jobs/{run['jobRunId']}/SPARK_DRIVER/stdout"
    )
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    events = [{"timestamp": 1_795_000_000_000 + n, "message": f"line {n}"} for n in range(3)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_commands_print_what_is_written_down(path, sparkrail, told, tmp_path, project):
    compare(path, sparkrail, tmp_path, VARIES)
