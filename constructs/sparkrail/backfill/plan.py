"""The plan itself: who may work on it, and what is said of it in the end."""

from __future__ import annotations

from sparkrail.backfill.rows import DONE, PARTITION, change_plan, plan_key, runs
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    absent,
    caught,
    choose,
    formatted,
    is_,
    note,
    present,
    same,
    task,
)
from sparkrail.workflow.ledger_items import TABLE, from_path, string

ME = "$$.Execution.Id"
FAILED = "Failed"
_REFUSED = "DynamoDb.ConditionalCheckFailedException"
_HOLDER = "$.loaded.Item.execution.S"


def begin() -> States:
    """Read the plan, and leave it alone if somebody else works on it."""
    return {
        "Load": task(
            "aws-sdk:dynamodb:getItem",
            {**TABLE, "Key": plan_key(), "ConsistentRead": True},
            then="Loaded",
            keep="$.loaded",
            retry=retries.LEDGER,
            catch=[caught(FAILED)],
        ),
        "Loaded": choose(
            {**absent("$.loaded.Item.concurrency.N"), "Next": "NoPlan"},
            {**present("$.concurrency"), "Next": "Held"},
            otherwise="Concurrency",
        ),
        "NoPlan": {
            "Type": "Fail",
            "Error": "NoPlan",
            "Cause": 'There is no such plan in the run ledger; "sparkrail backfill" writes one.',
        },
        **_concurrency(then="Held"),
        **_holder(),
    }


def _concurrency(*, then: str) -> States:
    """Take the plan's own concurrency, as a number."""
    return {
        "Concurrency": {
            "Type": "Pass",
            "Parameters": {"n.$": "States.StringToJson($.loaded.Item.concurrency.N)"},
            "ResultPath": "$.planned",
            "Next": "Planned",
        },
        "Planned": {
            "Type": "Pass",
            "InputPath": "$.planned.n",
            "ResultPath": "$.concurrency",
            "Next": then,
        },
    }


def _holder() -> States:
    """See whether somebody works on the plan who is not the one that handed it over."""
    return {
        "Held": choose(
            {**absent(_HOLDER), "Next": "Nobody"},
            {"And": [present("$.from"), same("$.from", _HOLDER)], "Next": "Former"},
            otherwise="Holder",
        ),
        "Holder": task(
            "aws-sdk:sfn:describeExecution",
            {"ExecutionArn.$": _HOLDER},
            then="Alive",
            keep="$.holder",
            select={"status.$": "$.Status"},
            retry=retries.STARTS,
            catch=[caught("Former")],
        ),
        "Alive": choose(
            {**is_("$.holder.status", "RUNNING"), "Next": "BusyWith"}, otherwise="Former"
        ),
        "Former": note({"by.$": _HOLDER}, at="$.held", then="Take"),
        "Nobody": note({"by": "nobody"}, at="$.held", then="Take"),
        "BusyWith": note(
            {"cause.$": formatted("The plan is being worked on by {}", _HOLDER)},
            at="$.busy",
            then="Busy",
        ),
        "Busy": {"Type": "Fail", "Error": "Busy", "CausePath": "$.busy.cause"},
    }


def take(*, then: str) -> States:
    """Take the plan, unless somebody else was quicker.

    Args:
        then: The next state.
    """
    values = {
        ":me": from_path(ME),
        ":former": from_path("$.held.by"),
        ":running": string("RUNNING"),
    }
    taken = change_plan(
        "SET execution = :me, #s = :running REMOVE ended, failed, cause",
        values,
        only_if="attribute_exists(pk) AND (attribute_not_exists(execution)"
        " OR execution = :former OR execution = :me)",
    )
    return {
        "Take": task(
            "aws-sdk:dynamodb:updateItem",
            taken,
            then="Pages",
            retry=retries.LEDGER,
            catch=[caught("Slower", errors=[_REFUSED]), caught(FAILED)],
        ),
        "Slower": note(
            {"cause": "Another execution has just begun with the plan."}, at="$.busy", then="Busy"
        ),
        "Pages": note({"n": 0}, at="$.pages", then=then),
    }


def end() -> States:
    """Count what has no data, and say so on the plan and in the execution."""
    front = {"pk": from_path(PARTITION), "sk": string(DONE)}
    return {
        "CountBad": note({"n": 0, "from": front}, at="$.bad", then="Bad"),
        "Bad": _count_bad(),
        "AddBad": note(
            {"n.$": "States.MathAdd($.bad.n, $.done.Count)", "from.$": "$.bad.from"},
            at="$.bad",
            then="MoreDone",
        ),
        "MoreDone": choose(
            {**present("$.done.LastEvaluatedKey"), "Next": "Further"},
            {"Variable": "$.bad.n", "NumericGreaterThan": 0, "Next": "SomeBad"},
            otherwise="AllGood",
        ),
        "Further": {
            "Type": "Pass",
            "InputPath": "$.done.LastEvaluatedKey",
            "ResultPath": "$.bad.from",
            "Next": "Bad",
        },
        "AllGood": _ended("SUCCEEDED", then="Succeeded"),
        "Succeeded": {"Type": "Succeed"},
        "SomeBad": _ended("FAILED", failed={"N.$": formatted("{}", "$.bad.n")}, then="HowMany"),
        "HowMany": note({"Cause.$": _how_many()}, at="$.error", then="Unfinished"),
        FAILED: _ended("FAILED", cause=from_path("$.error.Cause"), then="Unfinished"),
        "Unfinished": {"Type": "Fail", "Error": "BackfillFailed", "CausePath": "$.error.Cause"},
    }


def _how_many() -> str:
    said = "{} runs of backfill {} have no data: see sparkrail runs --failed"
    return formatted(said, "$.bad.n", "$.plan")


def _ended(state: str, *, then: str, **more: dict[str, str]) -> State:
    """Write down how the plan ended. If that fails too, the execution itself says it."""
    values = {":me": from_path(ME), ":now": from_path("$$.State.EnteredTime")}
    values |= {":state": string(state), **{f":{name}": value for name, value in more.items()}}
    changes = ["#s = :state", "ended = :now", *(f"{name} = :{name}" for name in more)]
    return task(
        "aws-sdk:dynamodb:updateItem",
        change_plan(f"SET {', '.join(changes)}", values, only_if="execution = :me"),
        then=then,
        retry=retries.LEDGER,
        catch=[caught("Unfinished", keep="$.unwritten" if "cause" in more else "$.error")],
    )


def _count_bad() -> State:
    parameters = {
        **runs(string(DONE)),
        "FilterExpression": "attribute_not_exists(good)",
        "Select": "COUNT",
        "Limit": 1000,
        "ExclusiveStartKey.$": "$.bad.from",
    }
    return task(
        "aws-sdk:dynamodb:query",
        parameters,
        then="AddBad",
        keep="$.done",
        retry=retries.LEDGER,
        catch=[caught(FAILED)],
    )
