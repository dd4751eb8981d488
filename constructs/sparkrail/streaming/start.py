"""Start a run: first the intent, with a generation that no other run has, then the run.

Who dies in between leaves a row that says STARTING and names no run. Whoever comes next looks for
the run by its name before it starts another.
"""

from __future__ import annotations

from typing import Any

from sparkrail.control.dead import ALIVE, SETTLE_SECONDS
from sparkrail.kafka.brokers import broker_arguments, brokers_state
from sparkrail.streaming.rows import (
    GENERATION,
    NOT_ANY_MORE,
    READY,
    ROW,
    RUNNING,
    STARTING,
    change,
    state_key,
)
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    each,
    formatted,
    is_,
    not_,
    note,
    present,
    same,
    task,
    text,
)
from sparkrail.workflow.ledger_items import TABLE, from_path, number, string

NEXT = "$.next.generation"
_NAME = "{}/stream/{}"
_REFUSED = "EmrServerless.ValidationException"
_PER_PAGE = 50


def start(job: str, *, then: str, again: str, bad: str, failed: str) -> States:
    """Raise the generation, ask for the brokers, start what shall run.

    Args:
        job: The stream.
        then: The next state; a run is under way and the row names it.
        again: The next state when the row is not what it was.
        bad: The next state when EMR Serverless refuses a version beside which there is a good one.
        failed: The next state when it cannot be started.
    """
    numbered = {"generation.$": f"States.MathAdd(States.StringToJson({GENERATION}), 1)"}
    now = [*broker_arguments(), "'--generation'", text(NEXT)]
    told = {"always.$": "$.want.payload.Arguments", "now.$": f"States.Array({', '.join(now)})"}
    beside_good = [present(f"{ROW}.good.S"), not_(same(f"{ROW}.goodVersion.S", "$.want.version"))]
    refused = {"And": [is_("$.error.Error", _REFUSED), *beside_good]}
    return {
        "Next": note(numbered, at="$.next", then="Intend"),
        "Intend": _intend(job, then="Brokers", again=again, failed=failed),
        "Brokers": brokers_state(then="Tell", failed=failed),
        "Tell": note(told, at="$.told", then="Start"),
        "Start": task(
            "aws-sdk:emrserverless:startJobRun",
            _request(job),
            then="Started",
            keep="$.started",
            select={"id.$": "$.JobRunId"},
            retry=retries.SPARK,
            catch=[caught("Unstarted")],
        ),
        "Started": change(
            job,
            RUNNING,
            ", jobRun = :run",
            values={":run": from_path("$.started.id")},
            generation=text(NEXT),
            then=then,
            failed=failed,
        ),
        "Unstarted": choose({**refused, "Next": "Refused"}, otherwise=failed),
        "Refused": note(
            {"message.$": "$.error.Cause", "generation.$": text(NEXT)}, at="$.ended", then=bad
        ),
    }


def search(job: str, *, then: str, failed: str) -> States:
    """Find the run that an execution asked for and could not write down.

    Args:
        job: The stream.
        then: The next state; the row names the run, or says that there is none.
        failed: The next state when nobody answers.
    """
    none = change(job, READY, then=then, failed=failed)
    none["Parameters"]["ConditionExpression"] += " AND attribute_not_exists(jobRun)"
    none["Catch"].insert(0, caught(then, errors=[NOT_ANY_MORE]))
    return {
        "Settle": {"Type": "Wait", "Seconds": SETTLE_SECONDS, "Next": "Search"},
        "Search": _list({}, failed=failed),
        "SearchOn": _list({"NextToken.$": "$.found.NextToken"}, failed=failed),
        "Adopt": each(
            "$.found.JobRuns",
            _adopt(job),
            start="IsIt",
            item={
                "run.$": "$$.Map.Item.Value",
                "name.$": formatted(_NAME, f"'{job}'", GENERATION),
                "generation.$": GENERATION,
            },
            at_once=1,
            then="MoreRuns",
        )
        | {"Catch": [caught(failed)]},
        "MoreRuns": choose(
            {**present("$.found.NextToken"), "Next": "SearchOn"}, otherwise="Unfound"
        ),
        "Unfound": none,
    }


def _intend(job: str, *, then: str, again: str, failed: str) -> State:
    values = {
        ":state": string(STARTING),
        ":now": from_path("$$.State.EnteredTime"),
        ":held": {"N.$": GENERATION},
        ":next": number(NEXT),
        ":version": from_path("$.want.version"),
        ":application": from_path("$.want.payload.ApplicationId"),
    }
    expression = (
        "SET #s = :state, updated = :now, generation = :next, version = :version, "
        "application = :application REMOVE jobRun"
    )
    return task(
        "aws-sdk:dynamodb:updateItem",
        {
            **TABLE,
            "Key": state_key(job),
            "UpdateExpression": expression,
            # The second half makes a retry harmless after an answer was lost.
            "ConditionExpression": "generation = :held OR (generation = :next AND #s = :state)",
            "ExpressionAttributeNames": {"#s": "state"},
            "ExpressionAttributeValues": values,
        },
        then=then,
        keep=None,
        retry=retries.LEDGER,
        catch=[caught(again, errors=[NOT_ANY_MORE]), caught(failed)],
    )


def _request(job: str) -> dict[str, Any]:
    name = formatted(_NAME, f"'{job}'", NEXT)
    wanted = "$.want.payload"
    return {
        "ApplicationId.$": f"{wanted}.ApplicationId",
        "ExecutionRoleArn.$": f"{wanted}.ExecutionRoleArn",
        "Name.$": name,
        "ClientToken.$": f"States.Hash({name}, 'SHA-256')",
        "Mode": "STREAMING",
        "RetryPolicy.$": f"{wanted}.RetryPolicy",
        "JobDriver": {
            "SparkSubmit": {
                "EntryPoint.$": f"{wanted}.EntryPoint",
                # Flattens the two lists into one: there is no intrinsic function that joins lists.
                "EntryPointArguments.$": "$.told.*[*]",
                "SparkSubmitParameters.$": f"{wanted}.SparkSubmitParameters",
            }
        },
        "ConfigurationOverrides.$": f"{wanted}.ConfigurationOverrides",
        "Tags.$": f"{wanted}.Tags",
    }


def _list(more: dict[str, Any], *, failed: str) -> State:
    return task(
        "aws-sdk:emrserverless:listJobRuns",
        {
            "ApplicationId.$": f"{ROW}.application.S",
            "States": ALIVE,
            "MaxResults": _PER_PAGE,
            **more,
        },
        then="Adopt",
        keep="$.found",
        retry=retries.RUNS,
        catch=[caught(failed)],
    )


def _adopt(job: str) -> States:
    own = {"And": [present("$.run.Name"), same("$.run.Name", "$.name")], "Next": "Adopted"}
    return {
        "IsIt": choose(own, otherwise="Other"),
        "Adopted": change(
            job,
            RUNNING,
            ", jobRun = :run",
            values={":run": from_path("$.run.Id")},
            generation="$.generation",
            then="Other",
            failed="Unadopted",
        ),
        "Other": note({}, at=None, then=None),
        "Unadopted": {"Type": "Fail", "Error": "NotAdopted", "CausePath": "$.error.Cause"},
    }
