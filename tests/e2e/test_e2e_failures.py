"""A job that fails: tried again, told, understood, mended; and a computer that lets it down."""

import json
import os
import signal

import pytest
from e2e_checkout import end, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def mail(checkout):
    """What people who are told of failures get to read."""
    topic = checkout.client("sns").list_topics()["Topics"][0]["TopicArn"]
    queue = checkout.client("sqs").create_queue(QueueName="mail")["QueueUrl"]
    attributes = checkout.client("sqs").get_queue_attributes(
        QueueUrl=queue, AttributeNames=["QueueArn"]
    )["Attributes"]
    checkout.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"]
    )

    def read():
        answer = checkout.client("sqs").receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=5
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    return read


def test_a_mistake_is_tried_again_told_and_mended_without_losing_anything(checkout, items, mail):
    euros = items.with_name("euros.csv")
    euros.write_text("currency,amount\nEUR,1.5\n")
    assert checkout.sparkrail("run", "fragile", "--input", euros, "--key", "before").code == 0
    before = checkout.run_row("fragile/before")
    bucket, key = before["report"]["inputs"]["items"]["location"][len("s3://") :].split("/", 1)

    failed = checkout.sparkrail("run", "fragile", "--input", items, "--key", "k")

    # Both attempts were real runs, each with its own token.
    assert failed.code == 1
    assert failed.document["error"]["message"] == "KeyError: 'USD'"
    assert failed.document["error"]["next"] == "./sparkrail logs fragile/k"
    asked = [each for each in checkout.job_runs("fragile") if each["name"] == "fragile/k/1"]
    assert len({each["clientToken"] for each in asked}) == len(asked) == 2
    # People are told, the ledger knows, and the job is free.
    (message,) = mail()
    assert message["Subject"] == "sparkrail-dev-fragile failed"
    assert "KeyError: 'USD'" in message["Message"]
    assert "sparkrail logs fragile/k" in message["Message"]
    row = checkout.run_row("fragile/k")
    assert (row["state"], row["attempts"], row["cause"]) == ("FAILED", 2, "KeyError: 'USD'")
    assert checkout.lock_of("fragile") is None
    history = checkout.sparkrail("runs", "fragile/k", "--history").document
    told = [moment["state"] for moment in history if not moment["error"]]
    assert told.index("Backoff") < told.index("MarkFailed") < told.index("Notify")
    assert history[-1]["error"] == "JobFailed"
    # The log command that everyone was given shows where it happened.
    log = checkout.begin("logs", "fragile/k").communicate()[0]
    assert "RATES[each]" in log

    main = checkout.root / "spark_jobs" / "fragile" / "main.py"
    main.write_text(main.read_text().replace('"EUR": 1.0', '"EUR": 1.0, "USD": 0.5'))
    up = checkout.sparkrail("up").document["stacks"]
    config = checkout.root / "config" / "dev.toml"
    config.write_text(
        config.read_text().replace("log_retention_days = 30 ", "log_retention_days = 60 ")
    )
    longer = checkout.sparkrail("up").document["stacks"]
    mended = checkout.sparkrail("run", "fragile", "--input", items, "--key", "k", "--again")

    # Only the stacks that differ were touched, and what was there before still is.
    parts = ("base", "control", "lake", "network", "kafka", "jobs-sales-0")
    base, control, lake, network, kafka, sales = (f"sparkrail-dev-{part}" for part in parts)
    health = "sparkrail-dev-jobs-health-0"
    assert up["updated"] == [health]
    assert set(up["unchanged"]) == {base, control, lake, network, kafka, sales}
    touched = set(longer["updated"])
    assert {control, lake, health} <= touched <= {control, lake, network, health, sales}
    assert mended.code == 0, mended.err
    assert checkout.run_row("fragile/k")["generation"] == 2
    assert checkout.run_row("fragile/before") == before
    assert checkout.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert checkout.rows("SELECT * FROM e2e.fragile ORDER BY currency") == [
        {"currency": "EUR", "total": 4.0},
        {"currency": "USD", "total": 2.0},
    ]


def test_a_killed_java_costs_an_attempt_and_leaves_no_process(checkout, items, tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    command = checkout.begin(
        *("run", "held", "--input", items, "--key", "killed"),
        *("--parameter", f"while_there={hold}"),
    )
    try:
        java = wait_for(lambda: _holding(checkout))
        hold.unlink()

        os.kill(java, signal.SIGKILL)

        _, err = command.communicate(timeout=120)
    finally:
        end(command)
    assert command.returncode == 0, err
    row = checkout.run_row("held/killed")
    assert (row["attempts"], row["rows"]["written"]) == (2, 2)
    history = checkout.sparkrail("runs", "held/killed", "--history").document
    # That a killed driver leaves no report is no news to a person; the history has it all.
    assert "key does not exist" not in err
    assert any("SIGKILL" in (moment["cause"] or "") for moment in history)
    assert all("sparklaptop.server" in args for args in checkout.processes().values())


def _holding(checkout):
    """The Java of a run of `held` that has come as far as to wait for its file."""
    for log in checkout.state().glob("runs/*/stdout"):
        mark = log.with_name("process.json")
        if "holding" in log.read_text() and mark.exists():
            return json.loads(mark.read_text())["pid"]
    return None
