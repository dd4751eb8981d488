"""Schedules fire by the laptop's clock: each moment once, in any zone, whatever happens."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from laptop_assemblies import ACCOUNT, REGION
from laptop_clock import attributes

INPUT = {"Input": '{"scheduled_time":"<aws.scheduler.scheduled-time>"}'}
DAY = 86_400
# Zone, expression, where the clock begins, days that pass, and every moment of them, in UTC.
CALENDARS = {
    "Paris skips 02:30 in March": (
        "Europe/Paris",
        "cron(30 2 * * ? *)",
        "2026-03-27T12:00:00Z",
        4,
        ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"],
    ),
    "Paris has 02:30 twice in October": (
        "Europe/Paris",
        "cron(30 2 * * ? *)",
        "2026-10-24T12:00:00Z",
        2,
        ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    ),
    "Lima has no summer time": (
        "America/Lima",
        "cron(30 2 * * ? *)",
        "2026-03-28T00:00:00Z",
        3,
        ["2026-03-28T07:30:00Z", "2026-03-29T07:30:00Z", "2026-03-30T07:30:00Z"],
    ),
    "a leap day": (
        "UTC",
        "cron(0 6 29 2 ? *)",
        "2028-02-27T00:00:00Z",
        3,
        ["2028-02-29T06:00:00Z"],
    ),
}


def name_of(case):
    return case.replace(" ", "-").replace(":", "")


@pytest.mark.failure_mode(3)
def test_each_moment_fires_once_around_the_days_that_are_not_24_hours(driven, observe):
    told = []
    for case, (zone, expression, begin, days, expected) in CALENDARS.items():
        machine = driven.machine(name_of(case))
        driven.clock(now=begin)
        driven.schedule(name_of(case), expression, machine, zone, target=INPUT)

        for _ in range(days * 4):
            driven.clock(advance_seconds=DAY / 4)

        found = [one["scheduled_time"] for one in driven.executions(machine, len(expected))]
        assert found == expected, case
        driven.client("scheduler").delete_schedule(Name=name_of(case))
        told.append(f"{case}: {len(found)} of {len(expected)} moments fired, each once")

    observe(happened="; ".join(told), user_sees="one run per moment, named by its scheduled time")


def test_moments_that_a_jump_passes_all_fire_in_their_order(driven):
    queue = driven.queue("jump")
    driven.clock(now="2026-05-01T00:00:00Z")
    driven.schedule("jump", "cron(0/15 * * * ? *)", queue, target=INPUT)

    driven.clock(advance_seconds=3 * 3600 + 60)

    found = [one["scheduled_time"][11:16] for one in driven.bodies(queue, 12)]
    assert (
        found == [f"{hour:02}:{minute:02}" for hour in range(4) for minute in (0, 15, 30, 45)][1:13]
    )
    driven.client("scheduler").delete_schedule(Name="jump")


def test_a_moment_that_just_comes_fires_within_a_second(driven):
    queue = driven.queue("soon")
    driven.clock(now="2026-05-02T05:59:59Z")
    driven.schedule("soon", "cron(0 6 * * ? *)", queue, target=INPUT)

    assert driven.bodies(queue, 1, seconds=3) == [{"scheduled_time": "2026-05-02T06:00:00Z"}]
    driven.client("scheduler").delete_schedule(Name="soon")


def test_neither_creation_nor_a_change_fires_the_past(driven):
    queue = driven.queue("past")
    driven.clock(now="2026-05-03T12:00:00Z")
    driven.schedule("past", "cron(0 6 * * ? *)", queue, target=INPUT, State="DISABLED")
    driven.schedule("gone", "at(2026-05-03T06:00:00)", queue, target=INPUT)
    driven.clock(advance_seconds=2 * DAY)
    settings = driven.client("scheduler").get_schedule(Name="past")
    names = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")

    driven.client("scheduler").update_schedule(
        **{name: settings[name] for name in names}, State="ENABLED"
    )
    driven.clock(advance_seconds=DAY)

    assert driven.bodies(queue, 1) == [{"scheduled_time": "2026-05-06T06:00:00Z"}]
    for name in ("past", "gone"):
        driven.client("scheduler").delete_schedule(Name=name)


def test_a_rate_fires_at_once_and_then_between_its_dates(driven):
    queue = driven.queue("rate")
    driven.clock(now="2026-05-10T12:00:00Z")
    end = datetime(2026, 5, 10, 16, 0, tzinfo=UTC)
    driven.schedule("rate", "rate(2 hours)", queue, target=INPUT, EndDate=end)

    first = driven.bodies(queue, 1)
    driven.clock(advance_seconds=DAY)

    found = [one["scheduled_time"][11:16] for one in first + driven.bodies(queue, 2)]
    assert found == ["12:00", "14:00", "16:00"]
    assert driven.schedules()["rate"]["next"] is None
    driven.client("scheduler").delete_schedule(Name="rate")


def test_a_schedule_that_is_over_deletes_itself_if_asked(driven):
    queue = driven.queue("once")
    driven.clock(now="2026-05-12T00:00:00Z")
    driven.schedule(
        "once", "at(2026-05-12T06:00:00)", queue, target=INPUT, ActionAfterCompletion="DELETE"
    )

    driven.clock(advance_seconds=DAY)

    assert driven.bodies(queue, 1) == [{"scheduled_time": "2026-05-12T06:00:00Z"}]
    deadline = time.monotonic() + 5
    while "once" in driven.schedules() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "once" not in driven.schedules()


def test_the_input_has_schedule_attempt_and_execution(driven):
    queue = driven.queue("words")
    driven.clock(now="2026-05-14T05:00:00Z")
    names = ("schedule-arn", "attempt-number", "execution-id")
    words = json.dumps([f"<aws.scheduler.{name}>" for name in names])
    driven.schedule("words", "cron(0 6 * * ? *)", queue, target={"Input": words})

    driven.clock(advance_seconds=3600)

    ((arn, attempt, execution),) = driven.bodies(queue, 1)
    assert arn == f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/words"
    assert attempt == "1"
    assert len(execution) == 16
    driven.client("scheduler").delete_schedule(Name="words")


@pytest.mark.failure_mode(2)
def test_what_cannot_be_delivered_is_a_dead_letter_that_says_why(driven, observe):
    dead = driven.queue("dead")
    missing = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:nobody"
    driven.clock(now="2026-05-16T05:00:00Z")
    more = {**INPUT, "DeadLetterConfig": {"Arn": dead}}
    driven.schedule("lost", "cron(0 6 * * ? *)", missing, target=more)

    driven.clock(advance_seconds=3600)

    (letter,) = driven.messages(dead, 1)
    said = attributes(letter)
    assert said["SCHEDULED_TIME"] == "2026-05-16T06:00:00Z"
    assert said["TARGET_ARN"] == missing
    assert said["SCHEDULE_ARN"].endswith("schedule/default/lost")
    assert said["ERROR_CODE"] == "NO_RESOURCE"
    assert said["RETRY_ATTEMPTS"] == "0"
    assert "nobody" in said["ERROR_MESSAGE"]
    driven.client("scheduler").delete_schedule(Name="lost")
    observe(
        happened=f"1 moment, {said['RETRY_ATTEMPTS']} retries of a permanent error, 1 dead letter",
        user_sees=f"{said['ERROR_CODE']}: {said['ERROR_MESSAGE']}",
    )


def test_a_rule_with_a_schedule_fires_too(driven):
    queue = driven.queue("ruled")
    driven.clock(now="2026-05-18T05:59:00Z")
    events = driven.client("events")
    events.put_rule(Name="ruled", ScheduleExpression="rate(5 minutes)")
    events.put_targets(Rule="ruled", Targets=[{"Id": "only", "Arn": queue}])

    driven.clock(advance_seconds=11 * 60)

    found = driven.bodies(queue, 2)
    assert [one["detail-type"] for one in found] == ["Scheduled Event"] * 2
    first, second = (datetime.fromisoformat(one["time"]) for one in found)
    assert second - first == timedelta(minutes=5)
    events.remove_targets(Rule="ruled", Ids=["only"])
    events.delete_rule(Name="ruled")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("arn:aws:scheduler:::aws-sdk:ecs:runTask", "no universal targets"),
        (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f", "not arn:aws:lambda"),
    ],
)
def test_targets_that_would_never_be_told_are_refused(driven, target, words):
    with pytest.raises(ClientError, match=words):
        driven.schedule("refused", "rate(1 day)", target)


def test_the_clock_says_what_it_does_not_understand(driven):
    answer = driven.clock(now="2026-05-18T05:59:00")

    assert "has no time zone" in answer["error"]
    assert "advance_seconds" in driven.clock(forward=3)["error"]
