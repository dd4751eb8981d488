"""A stream through the whole laptop cloud: started, killed at the worst moment, counted, paused."""

import pytest
from e2e_checkout import wait_for

pytestmark = pytest.mark.slow
STREAM, TOPIC, TABLE = "sales_stream", "sales", "sales.orders"


def stream(checkout):
    return checkout.sparkrail("streams", STREAM).document


@pytest.fixture
def running(checkout):
    """The stream, resumed; paused again when the test is over."""
    resumed = checkout.sparkrail("resume", STREAM)
    assert resumed.code == 0, resumed.err
    yield resumed.document
    paused = checkout.sparkrail("pause", STREAM)
    assert paused.code == 0, paused.err
    wait_for(lambda: stream(checkout)["state"] == "PAUSED")


def test_a_stream_whose_driver_dies_after_its_commit_loses_and_doubles_nothing(checkout, running):
    """The table has the batch and the checkpoint does not: the batch is taken again."""
    wait_for(lambda: stream(checkout)["state"] == "RUNNING")

    broken = checkout.sparkrail("break", "stream-after-sink", "--job", STREAM)

    assert broken.code == 0, broken.err
    counts = broken.document
    assert counts["hits"] == 1
    assert (counts["lost"], counts["duplicated"], counts["orphaned_runs"]) == (0, 0, 0)
    assert sum(counts["acknowledged"].values()) == 4000
    assert counts["quarantined"] == counts["acknowledged"]["bad"] > 0
    # The topic was made first, by a job of its own, for the stream had never run.
    assert running["topics"]["state"] == "SUCCEEDED"
    checked = checkout.sparkrail("produce", TOPIC, "--check")
    assert checked.code == 0, checked.err
    (row,) = checkout.rows(
        f"SELECT count(*) AS orders, count(DISTINCT order_id) AS different FROM {TABLE}"
    )
    assert row["orders"] == row["different"] == counts["acknowledged"]["good"]
    reasons = checkout.rows(f"SELECT DISTINCT reason FROM {TABLE}_quarantine")
    assert {"no value", "not UTF-8", "not a JSON object"} <= {each["reason"] for each in reasons}
    seen = stream(checkout)
    assert (seen["state"], seen["generation"]) == ("RUNNING", 1)
    assert seen["version"] == seen["desired_version"]
