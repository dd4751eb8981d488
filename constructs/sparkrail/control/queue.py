"""Start the oldest waiting run of a job that is free.

The lock is reserved for the execution that is about to be started, in one transaction with its row
and its index, so that nobody overtakes; who dies between reserving and starting leaves a
reservation for an execution that does not exist, which the next sweep takes back.
"""

from __future__ import annotations

from typing import Any

from sparkrail.control.rows import CANCELLED, ROW, change, key, marked, unlock
from sparkrail.names import Names
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    formatted,
    is_,
    not_,
    note,
    present,
    task,
)
from sparkrail.workflow.ledger_items import (
    LOCK,
    LOCKED,
    OPEN,
    TABLE,
    WAITING,
    from_path,
    string,
)

_WAITING = "$.look.row.Item"
_JOB = "States.Format('job#{}', $.queue)"
_ROWS_PER_PAGE = 200
_NO_MACHINE = [
    "StepFunctions.StateMachineDoesNotExistException",
    "StepFunctions.StateMachineDoesNotExist",
]


def queue(*, names: Names, failed: str) -> States:
    """Start the oldest waiting run of the job `$.queue`, if there is one and the job is free.

    Args:
        names: Of the environment.
        failed: The next state when a service cannot be reached.
    """
    last = "$.waiting.LastEvaluatedKey"
    return {
        "NextInLine": note({"queue.$": f"{ROW}.job.S"}, at=None, then="Oldest"),
        "Oldest": _oldest(failed=failed),
        "OldestAfter": _oldest(after=last, failed=failed),
        "AnyWaiting": choose(
            {**present("$.waiting.Items[0]"), "Next": "Look"},
            {**present(last), "Next": "OldestAfter"},
            otherwise="Nothing",
        ),
        "Look": _look(failed=failed),
        "IsFree": choose(
            {**present("$.look.lock.Item.execution.S"), "Next": "Nothing"},
            {**not_({"And": _still_waiting()}), "Next": "Nothing"},
            otherwise="Reservation",
        ),
        "Reservation": _reservation(names),
        "Reserve": _reserve(failed=failed),
        "StartOldest": _start(names, failed=failed),
        **_take_back(failed=failed),
    }


def _oldest(*, after: str | None = None, failed: str) -> State:
    asked = marked(WAITING, show="pk, sk", most=_ROWS_PER_PAGE, names={"#job": "job"}, after=after)
    asked["FilterExpression"] = "#job = :job"
    asked["ExpressionAttributeValues"][":job"] = from_path("$.queue")
    return task(
        "aws-sdk:dynamodb:query",
        asked,
        then="AnyWaiting",
        keep="$.waiting",
        retry=retries.LEDGER,
        catch=[caught(failed)],
    )


def _look(*, failed: str) -> State:
    lock = {"pk": from_path(_JOB), "sk": string(LOCK)}
    row = key("$.waiting.Items[0].pk.S", "$.waiting.Items[0].sk.S")
    return task(
        "aws-sdk:dynamodb:transactGetItems",
        {"TransactItems": [{"Get": {**TABLE, "Key": where}} for where in (lock, row)]},
        then="IsFree",
        keep="$.look",
        select={"lock.$": "$.Responses[0]", "row.$": "$.Responses[1]"},
        retry=retries.TRANSACTION,
        catch=[caught(failed)],
    )


def _still_waiting() -> list[dict[str, Any]]:
    return [present(f"{_WAITING}.state.S"), is_(f"{_WAITING}.state.S", "QUEUED")]


def _reservation(names: Names) -> State:
    """Name the execution: the same name for the same start of the same key, a new one after it."""
    what = formatted(
        "{}/{}/{}/{}",
        "$.queue",
        *(f"{_WAITING}.{name}" for name in ("key.S", "generation.N", "starts.N")),
    )
    name = formatted("queued-{}", f"States.Hash({what}, 'SHA-1')")
    arn = names.arn("states", f"execution:{names.machine('{}')}:{{}}")
    machine = names.machine_arn("{}")
    return note(
        {
            "name.$": name,
            "execution.$": formatted(arn, "$.queue", name),
            "machine.$": formatted(machine, "$.queue"),
            "starts.$": f"States.MathAdd(States.StringToJson({_WAITING}.starts.N), 1)",
        },
        at="$.slot",
        then="Reserve",
    )


def _reserve(*, failed: str) -> State:
    execution, now = from_path("$.slot.execution"), from_path("$$.State.EnteredTime")
    ours = {**TABLE, "ConditionExpression": "attribute_not_exists(pk)"}
    lock = {
        "pk": from_path(_JOB),
        "sk": string(LOCK),
        "open": string(LOCKED),
        "since": now,
        "execution": execution,
        "key": from_path(f"{_WAITING}.key.S"),
    }
    row = {
        **TABLE,
        "Key": key(f"{_WAITING}.pk.S", f"{_WAITING}.sk.S"),
        "UpdateExpression": "SET execution = :execution, #o = :open, starts = :starts",
        "ConditionExpression": "#s = :queued AND starts = :before",
        "ExpressionAttributeNames": {"#o": "open", "#s": "state"},
        "ExpressionAttributeValues": {
            ":execution": execution,
            ":open": string(OPEN),
            ":starts": {"N.$": "States.Format('{}', $.slot.starts)"},
            ":before": {"N.$": f"{_WAITING}.starts.N"},
            ":queued": string("QUEUED"),
        },
    }
    index = {
        "pk": from_path("States.Format('exec#{}', $.slot.execution)"),
        "sk": string("exec"),
        "job": from_path("$.queue"),
        "key": from_path(f"{_WAITING}.key.S"),
    }
    puts = [{"Put": {**ours, "Item": lock}}, {"Put": {**TABLE, "Item": index}}]
    return task(
        "aws-sdk:dynamodb:transactWriteItems",
        {"TransactItems": [*puts, {"Update": row}]},
        then="StartOldest",
        keep=None,
        retry=retries.LEDGER,
        catch=[caught("Nothing", errors=[CANCELLED]), caught(failed)],
    )


def _start(names: Names, *, failed: str) -> State:
    given = {
        "key.$": f"{_WAITING}.key.S",
        "generation.$": f"States.StringToJson({_WAITING}.generation.N)",
        "overrides.$": f"States.StringToJson({_WAITING}.overrides.S)",
        "by": "queue",
    }
    return task(
        "states:startExecution",
        {
            "StateMachineArn.$": "$.slot.machine",
            "Name.$": "$.slot.name",
            "Input": given,
        },
        then="Nothing",
        keep=None,
        retry=retries.STARTS,
        catch=[
            caught("Nothing", errors=[retries.STARTED_ALREADY]),
            caught("JobGone", errors=_NO_MACHINE),
            caught(failed),
        ],
    )


def _take_back(*, failed: str) -> States:
    """Give a reservation back whose execution never claimed; or the run up, if its job is gone."""
    queued = {":queued": string("QUEUED")}
    waits = change(
        "SET #o = :waiting REMOVE execution",
        only_if="#s = :queued",
        values=queued | {":waiting": string(WAITING)},
    )
    holder = {":holder": from_path("$.slot.execution")}
    values = {
        ":failed": string("FAILED"),
        ":cause": string("The job is gone: nothing can start its waiting run."),
        ":now": from_path("$$.State.EnteredTime"),
    }
    given_up = change(
        "SET #s = :failed, cause = :cause, ended = :now REMOVE #o",
        only_if="#s = :queued",
        values=queued | values | holder,
        where=key(f"{_WAITING}.pk.S", f"{_WAITING}.sk.S"),
    )
    lock = {
        **unlock(),
        "Key": {"pk": from_path(_JOB), "sk": string(LOCK)},
        "ExpressionAttributeValues": holder,
    }
    return {
        "Unreserve": _together([{"Update": waits}, {"Delete": unlock()}], "NextInLine", failed),
        "JobGone": _together([{"Update": given_up}, {"Delete": lock}], "Oldest", failed),
    }


def _together(items: list[dict[str, Any]], then: str, failed: str) -> State:
    return task(
        "aws-sdk:dynamodb:transactWriteItems",
        {"TransactItems": items},
        then=then,
        keep=None,
        retry=retries.LEDGER,
        catch=[caught("Nothing", errors=[CANCELLED]), caught(failed)],
    )
