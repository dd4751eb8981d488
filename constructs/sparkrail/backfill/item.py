"""One run of a plan: start the job's machine, wait for its end, write down what became of it."""

from __future__ import annotations

from typing import Any

from sparkrail.backfill.rows import DONE, PARTITION, TODO
from sparkrail.names import Names
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    formatted,
    is_,
    note,
    present,
    task,
)
from sparkrail.workflow.asl import each as each_of
from sparkrail.workflow.ledger_items import TABLE, from_path, string

LOOK_AGAIN_SECONDS = 30
_DAYS_SECONDS = 14 * 86_400
"""Longer than any run: the job's machine has a timeout of its own."""

_NAME = formatted("{}-{}-{}", "$.plan", "$.key", "$.generation")


def given() -> dict[str, Any]:
    """Say what the first state of a run gets: the plan, and the row."""
    row = "$$.Map.Item.Value"
    texts = {f"{name}.$": f"{row}.{name}.S" for name in ("level", "job", "key", "machine")}
    number = {"generation.$": f"{row}.generation.N"}
    return {"plan.$": "$.plan", **texts, **number, "row.$": row}


def item(names: Names) -> States:
    """Write the states that one run of a plan passes.

    The execution's name follows from plan, key and generation. So a run that was started before
    an interruption is not started again: it is looked at until it has ended.

    Args:
        names: Of the environment.
    """
    state = {"state": from_path("$.end.state")}
    return {
        "Take": choose({**present("$.row.needs.L"), "Next": "Needed"}, otherwise="Start"),
        **_needs(then="Start", missing="Upstream"),
        "Start": task(
            "states:startExecution.sync:2",
            {
                "StateMachineArn.$": "$.machine",
                "Name.$": _NAME,
                "Input": {
                    "key.$": "$.key",
                    "generation.$": "States.StringToJson($.generation)",
                    "by": "backfill",
                },
            },
            then="Outcome",
            keep="$.ran",
            select={"output.$": "$.Output"},
            retry=retries.STARTS,
            catch=[caught("Look")],
            seconds=_DAYS_SECONDS,
        ),
        **_look(names),
        **_outcomes(),
        "Good": _move({**state, "good": string("1")}, execution=_execution(names)),
        "Bad": _move({**state, "cause": from_path("$.end.cause")}, execution=_execution(names)),
        "Moved": note({}, at=None, then=None),
        "NotMoved": {"Type": "Fail", "Error": "LedgerFailed", "CausePath": "$.error.Cause"},
    }


def _needs(*, then: str, missing: str) -> States:
    """Go on only if every run that this one reads from has its data."""
    key = {"pk": from_path(PARTITION), "sk": from_path("$.need.S")}
    without = formatted("{} has no data, and this run reads it", "$.need.S")
    each = {
        "Need": task(
            "aws-sdk:dynamodb:getItem",
            {**TABLE, "Key": key, "ConsistentRead": True},
            then="IsGood",
            keep="$.found",
            retry=retries.LEDGER,
            catch=[caught("NotRead")],
        ),
        "IsGood": choose({**present("$.found.Item.good"), "Next": "There"}, otherwise="Without"),
        "There": {"Type": "Succeed"},
        "Without": note({"cause.$": without}, at="$.error", then="NoData"),
        "NoData": {"Type": "Fail", "Error": "NoData", "CausePath": "$.error.cause"},
        "NotRead": {"Type": "Fail", "Error": "LedgerFailed", "CausePath": "$.error.Cause"},
    }
    item_ = {"plan.$": "$.plan", "need.$": "$$.Map.Item.Value"}
    return {
        "Needed": {
            **each_of("$.row.needs.L", each, start="Need", item=item_, at_once=10, then=then),
            "Catch": [caught(missing, errors=["NoData"]), caught("NotMoved")],
        },
        missing: note(
            {"state": "Upstream failed", "cause.$": "$.error.Cause"}, at="$.end", then="Bad"
        ),
    }


def _look(names: Names) -> States:
    """Ask what became of the execution, whether it failed or had been started before."""
    answer = {"status.$": "$.Status", "found.$": "$"}
    return {
        "Look": task(
            "aws-sdk:sfn:describeExecution",
            {"ExecutionArn.$": _execution(names)},
            then="Status",
            keep="$.look",
            select=answer,
            retry=retries.STARTS,
            catch=[caught("NotStarted", keep="$.unseen")],
        ),
        "Status": choose(
            {**is_("$.look.status", "RUNNING", "PENDING_REDRIVE"), "Next": "Later"},
            {**is_("$.look.status", "SUCCEEDED"), "Next": "Output"},
            {**present("$.look.found.Cause"), "Next": "Failed"},
            otherwise="Stopped",
        ),
        "Later": {"Type": "Wait", "Seconds": LOOK_AGAIN_SECONDS, "Next": "Look"},
        "Output": note(
            {"output.$": "States.StringToJson($.look.found.Output)"}, at="$.ran", then="Outcome"
        ),
        "Failed": note(
            {"state.$": "$.look.status", "cause.$": "$.look.found.Cause"}, at="$.end", then="Bad"
        ),
        "Stopped": note(
            {
                "state.$": "$.look.status",
                "cause": "The execution was stopped, or had no time left.",
            },
            at="$.end",
            then="Bad",
        ),
        "NotStarted": note(
            {"state": "Not started", "cause.$": "$.error.Cause"}, at="$.end", then="Bad"
        ),
    }


def _outcomes() -> States:
    """Tell a run from a machine that found it done, and from one that did not run."""
    said = "$.ran.output.outcome"
    done = [is_(said, "Duplicate"), present("$.ran.output.state")]
    return {
        "Outcome": choose(
            {"Not": present(said), "Next": "Succeeded"},
            {"And": [*done, is_("$.ran.output.state", "SUCCEEDED")], "Next": "There"},
            otherwise="DidNotRun",
        ),
        "Succeeded": note({"state": "SUCCEEDED"}, at="$.end", then="Good"),
        "There": note({"state.$": said}, at="$.end", then="Good"),
        "DidNotRun": note(
            {"state.$": said, "cause.$": "States.JsonToString($.ran.output)"},
            at="$.end",
            then="Bad",
        ),
    }


def _move(said: dict[str, Any], execution: str) -> State:
    """Move the row from todo to done; twice is the same as once."""
    row = {
        "pk": from_path(PARTITION),
        "sk": from_path(_sort_key(DONE)),
        "level": from_path("$.level"),
        "job": from_path("$.job"),
        "key": from_path("$.key"),
        "generation": {"N.$": "$.generation"},
        "machine": from_path("$.machine"),
        "execution": from_path(execution),
        "ended": from_path("$$.State.EnteredTime"),
        **said,
    }
    key = {"pk": from_path(PARTITION), "sk": from_path(_sort_key(TODO))}
    changes = [{"Put": {**TABLE, "Item": row}}, {"Delete": {**TABLE, "Key": key}}]
    return task(
        "aws-sdk:dynamodb:transactWriteItems",
        {"TransactItems": changes},
        then="Moved",
        retry=retries.TRANSACTION,
        catch=[caught("NotMoved")],
    )


def _execution(names: Names) -> str:
    """ARN of the execution that this run has, whether or not it was started."""
    machine = "States.ArrayGetItem(States.StringSplit($.machine, ':'), 6)"
    return formatted(names.arn("states", "execution:{}:{}"), machine, _NAME)


def _sort_key(kind: str) -> str:
    return formatted(f"{kind}{{}}#{{}}#{{}}", "$.level", "$.job", "$.key")
