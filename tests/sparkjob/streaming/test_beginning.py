"""Where a stream begins, for all that table and checkpoint can say; no Spark needed."""

import pytest

from sparkjob.errors import CheckpointRefused, InputRefused
from sparkjob.streaming.beginning import Place, first_offsets
from sparkjob.streaming.checkpoint import Checkpoint
from sparkjob.streaming.counts import Counts, Share
from sparkjob.streaming.mark import Mark, mark_in, property_of
from sparkjob.streaming.metrics import Metrics, lag_of
from sparkjob.streaming.source import going_on

OFFSETS = {"sales": {"0": 10, "1": 20}}
MARK = Mark(1, "q", 7, OFFSETS, read=100, refused=2)


def begin(mark, found, version=1):
    return first_offsets(
        Place("sales_stream", "lake.sales.orders", "s3://c/v1", version), mark, found
    )


@pytest.mark.parametrize(
    ("mark", "found", "version", "offsets"),
    [
        (None, Checkpoint(), 1, None),  # the very first start
        (None, Checkpoint("q", 0), 1, None),  # died in the first batch
        (MARK, Checkpoint("q", 7, 6), 1, None),  # died after the sink
        (MARK, Checkpoint("q", 8, 7), 1, None),  # died in the batch after
        (MARK, Checkpoint(), 2, OFFSETS),  # a raised state version
        (MARK, Checkpoint("r"), 2, OFFSETS),  # which died before its first batch
    ],
)
def test_it_begins(mark, found, version, offsets):
    assert begin(mark, found, version) == offsets


@pytest.mark.parametrize(
    ("mark", "found", "version", "told"),
    [
        (MARK, Checkpoint(), 1, "it is gone"),
        (MARK, Checkpoint("other", 7, 7), 1, "another query"),
        (MARK, Checkpoint("q", 5, 5), 1, "newest batch is 5"),
        (MARK, Checkpoint("q", 7, 4), 1, "committed batch 4"),
        (MARK, Checkpoint(None, 7, 7, "metadata"), 1, "metadata is damaged"),
        (None, Checkpoint("q", 7, 7), 1, "the table knows of none"),
        (Mark(2, "r", 0), Checkpoint("q", 7, 7), 1, "state version 2"),
    ],
)
def test_it_is_refused_with_choices(mark, found, version, told):
    with pytest.raises(CheckpointRefused, match=told) as refused:
        begin(mark, found, version)

    assert "raise stream.state_version to" in str(refused.value)


def test_a_mark_survives_its_property():
    assert mark_in({property_of("a"): MARK.to_json()}, "a") == MARK
    assert mark_in({}, "a") is None


def test_a_new_checkpoint_goes_on_and_says_what_is_gone(capsys):
    found = going_on("sales", OFFSETS, [0, 1, 2], {0: 15, 1: 3, 2: 0})

    assert found == {"0": 15, "1": 20, "2": -2}
    assert "partition 0 offsets 10 to 14" in capsys.readouterr().out


def test_offsets_of_another_topic_are_refused():
    with pytest.raises(InputRefused, match="another topic is another job"):
        going_on("returns", OFFSETS, [0], {0: 0})


def test_the_share_is_of_the_last_records_that_can_be_judged():
    share = Share(100, read=90, refused=0)
    share.take(1000, 0)
    assert share.with_batch(10, 10) == (1010, 10)
    for _ in range(20):
        share.take(10, 10)
    assert share.with_batch(10, 10) == (100, 100)


def test_lag_is_summed_over_partitions():
    progress = {
        "batchId": 3,
        "durationMs": {"triggerExecution": 2000},
        "sources": [{"latestOffset": {"sales": {"0": 30, "1": 20}}, "endOffset": OFFSETS}],
        "stateOperators": [{"numRowsTotal": 5, "memoryUsedBytes": 1 << 20}],
    }
    assert (lag_of(progress).total, lag_of(progress).largest) == (20, 20)

    line = Metrics("a", 4).of_batch(
        progress, Counts(read=100, quarantined=1, broken=1, newest_ms={"0": 0})
    )

    assert line["rows_per_second"] == 50.0
    assert line["quarantine_percent"] == 2.0
    assert line["behind_seconds"] > 1e9
    assert (line["generation"], line["state_rows"], line["state_mib"]) == (4, 5, 1.0)


def test_a_stream_without_batches_speaks_once_a_minute(monkeypatch):
    metrics = Metrics("a", 1)
    assert metrics.idle({"batchId": 1, "sources": []}) is None

    monkeypatch.setattr("sparkjob.streaming.metrics.IDLE_SECONDS", 0)

    assert metrics.idle({"batchId": 1, "sources": []})["rows"] == 0
    assert metrics.idle(None) is None
