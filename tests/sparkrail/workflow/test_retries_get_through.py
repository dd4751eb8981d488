"""Retries: which errors are tried again, and that two hundred starts at once all get through."""

import random

import pytest

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.run import run

BURST, PER_SECOND = 25, 1
NEVER = {"States.ALL", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout"}
STARTS = 200
MINUTE = 60


def delays(retrier, chance):
    """Waits of one task, as Step Functions draws them with full jitter."""
    for number in range(retrier["MaxAttempts"]):
        longest = retrier["IntervalSeconds"] * retrier["BackoffRate"] ** number
        yield chance.uniform(0, min(longest, retrier["MaxDelaySeconds"]))


def starts_refused_for_good(retrier, moments, chance):
    """Let tasks meet a bucket of 25 tokens that gets one a second; count those that give up."""
    waiting = [(moment, number, delays(retrier, chance)) for number, moment in enumerate(moments)]
    tokens, last, lost = float(BURST), 0.0, 0
    while waiting:
        waiting.sort(key=lambda task: task[:2])
        now, number, more = waiting.pop(0)
        tokens, last = min(BURST, tokens + (now - last) * PER_SECOND), now
        if tokens >= 1:
            tokens -= 1
        elif (delay := next(more, None)) is not None:
            waiting.append((now + delay, number, more))
        else:
            lost += 1
    return lost


@pytest.mark.parametrize("spread", [0, MINUTE])
def test_two_hundred_starts_in_a_minute_all_get_through(spread):
    throttled = retries.SPARK[0]
    for seed in range(30):
        chance = random.Random(seed)
        moments = sorted(chance.uniform(0, spread) for _ in range(STARTS))

        assert starts_refused_for_good(throttled, moments, chance) == 0, seed


def test_the_simulation_would_notice_retries_that_are_too_few():
    few = {**retries.SPARK[0], "MaxAttempts": 4}

    assert starts_refused_for_good(few, [0.0] * STARTS, random.Random(1)) > 0


def every_retrier():
    for name in dir(retries):
        value = getattr(retries, name)
        if name.isupper() and not name.startswith("_") and isinstance(value, list):
            yield from ((name, retrier) for retrier in value)


def test_retries_are_jittered_and_bounded():
    found = list(every_retrier())

    assert len(found) >= 9
    for name, retrier in found:
        if retrier["MaxAttempts"]:
            assert retrier["JitterStrategy"] == "FULL", name
            assert retrier["BackoffRate"] == 2
            assert 1 <= retrier["IntervalSeconds"] <= retrier["MaxDelaySeconds"] <= 120


def test_a_run_is_started_again_only_for_errors_that_say_nothing_of_it():
    assert [
        (r["ErrorEquals"], r["IntervalSeconds"], r["MaxAttempts"], r["MaxDelaySeconds"])
        for r in retries.SPARK
    ] == [
        (
            [
                f"{service}.{error}"
                for service in ("EMRServerless", "EmrServerless")
                for error in (
                    "InternalServerException",
                    "SdkClientException",
                    "ThrottlingException",
                )
            ],
            10,
            10,
            120,
        ),
        (["EMRServerless.ConflictException", "EmrServerless.ConflictException"], 30, 5, 60),
    ]


def test_only_calls_that_harm_nobody_twice_are_retried_whatever_failed():
    broad = {name for name, r in every_retrier() if NEVER & set(r["ErrorEquals"])}

    assert broad == {"EVENTS", "REPORT"}


def test_the_ledger_is_asked_again_when_transactions_met():
    errors = retries.TRANSACTION[0]["ErrorEquals"]

    assert set(errors) == {
        *retries.LEDGER[0]["ErrorEquals"],
        "DynamoDb.TransactionCanceledException",
    }
    assert "DynamoDb.TransactionConflictException" in errors
    assert not any("ConditionalCheck" in error for error in errors)


def test_a_token_stays_the_same_until_the_attempt_rises():
    job = Job.model_validate({"folder": "spark_jobs/sales", "team": "sales"})
    state = run(
        job,
        submit={"EntryPoint": "e", "SparkSubmitParameters": "p"},
        arguments=["'--a'"],
        role_arn="arn",
        tags={},
        queue_minutes=20,
        then="Next",
        failed="Failed",
    )["Run"]

    assert state["Parameters"]["ClientToken.$"] == (
        "States.Hash(States.Format('sales/{}/{}/{}', $.key, $.generation, $.attempt), 'SHA-256')"
    )
    assert state["Parameters"]["Name.$"] == ("States.Format('sales/{}/{}', $.key, $.generation)")
    assert state["TimeoutSeconds"] == (20 + 60 + 15) * 60
    assert state["ResultSelector"] == {"id.$": "$.JobRunId"}
    assert (state["ResultPath"], state["Next"]) == ("$.ran", "Next")
    assert state["Retry"] == retries.SPARK


def test_a_retrier_says_all_that_it_must():
    assert retries._retrier(["A.B"], seconds=3, attempts=4) == {
        "ErrorEquals": ["A.B"],
        "IntervalSeconds": 3,
        "MaxAttempts": 4,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }
    assert retries._retrier([], seconds=1, attempts=1, at_most_seconds=9)["MaxDelaySeconds"] == 9


def test_errors_are_spelt_for_each_service():
    assert retries._spelt(("A", "B"), ("X", "Y")) == ["A.X", "A.Y", "B.X", "B.Y"]
