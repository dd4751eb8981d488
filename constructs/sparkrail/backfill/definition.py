"""The whole machine of backfills: level after level, page after page, some runs at a time."""

from __future__ import annotations

import json

from sparkrail.backfill.item import given, item
from sparkrail.backfill.plan import FAILED, ME, begin, end, take
from sparkrail.backfill.rows import PAGE_RUNS, TODO, runs
from sparkrail.names import Names
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    formatted,
    note,
    present,
    task,
)
from sparkrail.workflow.ledger_items import from_path, string

PAGES = 12
"""So many pages one execution works off before it hands over: a run takes up to 40 events of its
history, which may have 25,000. (Step Functions guide, quotas.)"""


def states(names: Names) -> States:
    """Write the states of the machine of backfills.

    Args:
        names: Of the environment.
    """
    return {
        **begin(),
        **take(then="Level"),
        **_pages(names),
        **_hand_over(names),
        **end(),
    }


def definition(names: Names) -> str:
    """Write the machine as JSON; `${Name}` in it is filled in by the deploy.

    Args:
        names: Of the environment.
    """
    machine = {
        "Comment": "Works off a plan of runs that the command wrote into the run ledger.",
        "StartAt": "Load",
        "States": states(names),
    }
    return json.dumps(machine, separators=(",", ":"))


def _pages(names: Names) -> States:
    """Work off the lowest level that has runs to do; the next begins when it has none."""
    of_level = from_path(formatted(f"{TODO}{{}}#", "$.next.rows[0].level.S"))
    return {
        "Level": _query({**runs(string(TODO)), "Limit": 1}, keep="$.next", then="AnyLevel"),
        "AnyLevel": choose({**present("$.next.rows[0]"), "Next": "Page"}, otherwise="CountBad"),
        "Page": _query({**runs(of_level), "Limit": PAGE_RUNS}, keep="$.page", then="Runs"),
        "Runs": {
            "Type": "Map",
            "ItemsPath": "$.page.rows",
            "ItemSelector": given(),
            "MaxConcurrencyPath": "$.concurrency",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Take",
                "States": item(names),
            },
            "ResultPath": None,
            "Catch": [caught(FAILED)],
            "Next": "Counted",
        },
        "Counted": note({"n.$": "States.MathAdd($.pages.n, 1)"}, at="$.pages", then="Enough"),
        "Enough": choose(
            {"Variable": "$.pages.n", "NumericGreaterThanEquals": PAGES, "Next": "HandOver"},
            otherwise="Level",
        ),
    }


def _query(parameters: State, *, keep: str, then: str) -> State:
    return task(
        "aws-sdk:dynamodb:query",
        parameters,
        then=then,
        keep=keep,
        select={"rows.$": "$.Items"},
        retry=retries.LEDGER,
        catch=[caught(FAILED)],
    )


def _hand_over(names: Names) -> States:
    return {
        "HandOver": task(
            "states:startExecution",
            {
                "StateMachineArn": names.backfill_machine_arn,
                "Name.$": f"States.Hash({ME}, 'SHA-256')",
                "Input": {
                    "plan.$": "$.plan",
                    "concurrency.$": "$.concurrency",
                    "from.$": ME,
                },
            },
            then="HandedOver",
            retry=retries.STARTS,
            catch=[caught("HandedOver", errors=[retries.STARTED_ALREADY]), caught(FAILED)],
        ),
        "HandedOver": {"Type": "Succeed", "Comment": "The next execution has an empty history."},
    }
