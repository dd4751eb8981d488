"""The topics job of a team: makes its topics as their contracts say, and removes none."""

from __future__ import annotations

import time
from typing import List, Mapping

from sparkjob.contracts import TopicContract
from sparkjob.errors import InputRefused, JobError
from sparkjob.job_run import Run
from sparkjob.streaming.settings import CLIENT_OPTIONS
from sparkjob.topics.client import BrokersRefused, Topics
from sparkjob.topics.plan import MOST_TOLD, Plan, plan_of

PLAN, APPLY = "plan", "apply"
CONVERGE_SECONDS = 60.0
_UNCHANGED = "Nothing was changed."


class TopicsRefused(JobError):  # noqa: N818  the name says what happened
    """Contracts ask for what no topic can become. Nothing was changed."""


class NotConverged(JobError):  # noqa: N818  the name says what happened
    """Everything was done, and the brokers do not show it yet."""

    retryable = True


def make_topics(run: Run) -> None:
    """Bring topics to what their contracts say: all is planned and asked before anything is done.

    Args:
        run: Its contracts of topics are those to be made. Its parameter `task` is `apply`, or
            `plan`, which changes nothing.

    Raises:
        InputRefused: No brokers were named, or the task is none.
        TopicsRefused: Something cannot be: partitions become fewer, cleanup changes.
        BrokersRefused: The brokers do not allow it, or cannot be reached.
        NotConverged: What was done does not show.
    """
    task, told = run.args["task"].strip(), run.report.arguments
    if task not in (PLAN, APPLY):
        raise InputRefused(f'task is "{task}". Allowed: {APPLY}, {PLAN}.\nNothing was changed.')
    if not told.brokers:
        raise InputRefused("No brokers: --brokers HOST:PORT,... is missing.\nNothing was changed.")
    options = {"bootstrap.servers": told.brokers, **CLIENT_OPTIONS[told.security]}
    topics = Topics(run.spark, options)
    try:
        plan = _planned(topics, run.topics)
        if task == APPLY:
            _take(topics, plan)
            _converge(topics, run.topics)
    finally:
        topics.close()
    run.report.topics = {"task": task, **plan.document()}


def _planned(topics: Topics, wanted: Mapping[str, TopicContract]) -> Plan:
    """Plan, and have the brokers say of each step whether they would do it."""
    try:
        plan = plan_of(wanted, topics.actual(wanted))
        print("\n".join(_told(plan, wanted)), flush=True)
        if not plan.refused:
            _take(topics, plan, only_ask=True)
    except BrokersRefused as refused:
        raise refused.saying(_UNCHANGED) from None
    if plan.refused:
        told = "\n".join(f"  {text}" for text in plan.refused[:MOST_TOLD])
        more = len(plan.refused) - MOST_TOLD
        rest = f"\n  and {more} more, which the log has" if more > 0 else ""
        raise TopicsRefused(f"Topics cannot become what was asked:\n{told}{rest}\n{_UNCHANGED}")
    return plan


def _told(plan: Plan, wanted: Mapping[str, TopicContract]) -> List[str]:
    lines = [f"  {line}" for line in plan.lines()] + [f"  refused: {each}" for each in plan.refused]
    return [f"{len(wanted)} topics", *(lines or ["  are as their contracts say"])]


def _take(topics: Topics, plan: Plan, *, only_ask: bool = False) -> None:
    """Take each step of a plan, or ask whether the brokers would let us."""
    for topic in plan.create:
        topics.create(topic, only_ask=only_ask)
    for name, partitions in plan.grow.items():
        topics.grow(name, partitions, only_ask=only_ask)
    for name, settings in plan.alter.items():
        topics.alter(name, settings, only_ask=only_ask)


def _converge(topics: Topics, wanted: Mapping[str, TopicContract]) -> None:
    """Wait until the brokers show what was done: they answer before it is so everywhere."""
    until = time.monotonic() + CONVERGE_SECONDS
    while True:
        left = plan_of(wanted, topics.actual(wanted))
        if left.empty:
            return
        if time.monotonic() > until:
            told = "\n".join(f"  {line}" for line in left.lines())
            raise NotConverged(
                f"All was done, and {CONVERGE_SECONDS:g} seconds later this is left:\n{told}"
            )
