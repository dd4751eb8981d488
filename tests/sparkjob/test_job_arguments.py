import json

import pytest

from sparkjob.arguments import parse_arguments
from sparkjob.intervals import Periods

FULL = [
    *("--job", "daily", "--input", "a=s3://raw/a=b/", "--input", "t=lake.sales.t"),
    *("--output", "daily=lake.sales.daily", "--quarantine", "lake.sales.daily_quarantine"),
    *("--quarantine-percent", "2.5", "--parameter", "min_days=1", "--reports", "s3://logs/r/"),
    *("--run-key", "20261121T063000Z", "--generation", "2", "--attempt", "3"),
]


def parse(*argv):
    return parse_arguments(argv, script="/jobs/daily_sales/main.py")


def test_everything_that_the_state_machine_says_is_read():
    found = parse(*FULL, "--overrides", "{}")

    assert found.inputs == {"a": "s3://raw/a=b/", "t": "lake.sales.t"}
    assert found.outputs == {"daily": "lake.sales.daily"}
    assert found.parameters == {"min_days": "1"}
    assert (found.job, found.run_key, found.generation, found.attempt) == (
        *("daily", "20261121T063000Z"),
        *(2, 3),
    )
    assert (found.quarantine, found.quarantine_percent) == ("lake.sales.daily_quarantine", 2.5)
    assert found.reports == "s3://logs/r/"


def test_overrides_replace_inputs_and_parameters():
    overrides = {"inputs": {"a": "s3://other/"}, "parameters": {"min_days": 3}}

    found = parse(*FULL, "--overrides", json.dumps(overrides))

    assert found.inputs == {"a": "s3://other/", "t": "lake.sales.t"}
    assert found.parameters == {"min_days": "3"}


def test_by_hand_a_job_is_called_like_its_folder_and_a_run_like_its_time():
    found = parse("--input", "a=file.csv", "--output", "daily=/tmp/out")

    assert found.job == "daily_sales"
    assert found.run_key.startswith("manual-20")
    assert (found.generation, found.attempt, found.quarantine_percent) == (1, 1, 10.0)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--inputs", "a=b"], "unrecognized arguments: --inputs a=b"),
        (["--inp", "a=b"], "unrecognized arguments"),
        (["--input"], "--input: expected one argument"),
        (["--input", "file.csv"], '"file.csv" is not NAME=VALUE'),
        (["--input", "a=1", "--input", "a=2"], '--input "a" is given twice: 1 and 2'),
        (["--attempt", "0"], '"0" is not a whole number from 1'),
        (["--quarantine-percent", "101"], '"101" is not a number from 0 to 100'),
        (["--overrides", "{"], "is not JSON"),
        (["--overrides", "[]"], "does not read like"),
        (["--overrides", '{"input": {}}'], "does not read like"),
        (["--overrides", '{"inputs": {"b": "x"}}'], 'no input "b"'),
        (["--input", "hhs=1", "--overrides", '{"inputs": {"hss": "x"}}'], 'Did you mean "hhs"?'),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_ends_with_code_2(capsys, argv, told):
    with pytest.raises(SystemExit) as ended:
        parse(*argv)

    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_batches_come_from_overrides_or_by_hand():
    overrides = {"batches": {"a": "s3://logs/batches/daily/k/"}}

    assert parse(*FULL, "--overrides", json.dumps(overrides)).batches == overrides["batches"]
    assert parse(*FULL, "--batch", "t=/tmp/lists").batches == {"t": "/tmp/lists"}


def test_what_a_run_stands_for_is_read():
    interval = ["--interval-every", "day", "--interval-lookback", "2"]
    zone = ["--interval-timezone", "Europe/Paris", "--interval-run-keys", "starts"]

    found = parse(*FULL, *interval, *zone, "--by", "backfill")

    assert found.periods == Periods("day", 2, "Europe/Paris", "starts")
    assert found.by == "backfill"
    assert (parse(*FULL).periods, parse(*FULL).by) == (None, "hand")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--batch", "b=x"], '--batch: There is no input "b"'),
        (["--overrides", '{"batches": {"b": "x"}}'], '--overrides: There is no input "b"'),
        (["--overrides", '{"batches": {"a": ["x"]}}'], "does not read like"),
        (["--interval-every", "year"], "invalid choice"),
        (["--interval-lookback", "0"], "is not a whole number from 1"),
        (["--by", "me"], "invalid choice"),
    ],
)
def test_a_wrong_batch_interval_or_starter_is_refused(capsys, argv, told):
    with pytest.raises(SystemExit):
        parse(*argv)

    assert told in capsys.readouterr().err


def test_a_checkpoint_makes_it_a_stream():
    told = parse(
        *("--checkpoint", "s3://c/a/v2/", "--control", "s3://l/streams/a/", "--generation", "7"),
        *("--stream-version", "0a1b2c3d", "--brokers", "b:9098", "--security", "iam"),
    )

    assert told.generation == 7
    assert (told.stream.checkpoint, told.stream.control) == ("s3://c/a/v2", "s3://l/streams/a")
    assert (told.stream.version, told.stream.start, told.stream.max_offsets) == (
        "0a1b2c3d",
        "earliest",
        100_000,
    )
    assert told.stream.client_options["sasl.mechanism"] == "AWS_MSK_IAM"
    assert parse().stream is None
