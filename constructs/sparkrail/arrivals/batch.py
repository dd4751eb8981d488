"""Make a batch: write its objects to pages, then start the job with them, once.

A page is first written and then, in one transaction, its objects lose their rows and the watch
goes to the next page: who dies in between leaves a page that is written again, with what is then
still there. (docs/adr/0011-files-settle.md)
"""

from __future__ import annotations

from typing import Any

from sparkrail.arrivals.rows import FIRST, ME, change_watch, names_in, partition
from sparkrail.arrivals.watch import NOT_ANY_MORE
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    formatted,
    literal,
    note,
    present,
    task,
)
from sparkrail.workflow.ledger_items import TABLE, from_path, string

PAGE_OBJECTS = 50
"""A key has up to 1,024 bytes, a state's data up to 256 KiB, a transaction up to 100 items."""

_CHANGED = "DynamoDb.TransactionCanceledException"
_PAGE = "$.watch.row.page.N"
_NEXT_PAGE = f"States.MathAdd(States.StringToJson({_PAGE}), 1)"
_REMOVE_ALL = "$.removal.*[*]"
"""Flattens the two lists into one: there is no intrinsic function that joins lists."""


def batch(job: str, *, source: str, machine_arn: str, failed: str) -> States:
    """Write pages while there are objects, then start the job's machine.

    Args:
        job: Whose files they are.
        source: Name of the input that they are for.
        machine_arn: The job's machine.
        failed: The next state when a service cannot be reached.
    """
    return {
        "Page": _query(job, failed=failed),
        "Found": choose(
            {"Variable": "$.found.Count", "NumericGreaterThan": 0, "Next": "Objects"},
            {**present("$.found.LastEvaluatedKey"), "Next": "Further"},
            {"Variable": _PAGE, "StringEquals": "1", "Next": "Left"},
            otherwise="Complete",
        ),
        "Further": {
            "Type": "Pass",
            "InputPath": "$.found.LastEvaluatedKey",
            "ResultPath": "$.watch.from",
            "Next": "Page",
        },
        "Objects": _objects(job, then="Write"),
        "Write": _write(job, failed=failed),
        "Removal": note(_removal(job), at="$.removal", then="Remove"),
        "Remove": task(
            "aws-sdk:dynamodb:transactWriteItems",
            {"TransactItems.$": _REMOVE_ALL},
            then="Look",
            retry=retries.LEDGER,
            catch=[caught("Look", errors=[_CHANGED]), caught(failed)],
        ),
        "Complete": _complete(job, failed=failed),
        "Batch": note({"name.$": "$.watch.row.batch.S"}, at="$.run", then="Start"),
        "Start": _start(job, source, machine_arn, failed=failed),
        "Left": _left(job, failed=failed),
        "AnyLeft": choose(
            {"Variable": "$.left.count", "NumericGreaterThan": 0, "Next": "GoOn"}, otherwise="Stop"
        ),
    }


def _query(job: str, *, failed: str) -> State:
    fields = "pk, sk, #uri, #size, etag, sequencer"
    until = "#at <= :bound"
    parameters = {
        **_new_objects(job, {":bound": from_path("$.watch.row.bound.S")}),
        "FilterExpression": until,
        "ProjectionExpression": fields,
        **names_in(f"{fields} {until}"),
        "ExclusiveStartKey.$": "$.watch.from",
        "Limit": PAGE_OBJECTS,
    }
    return task(
        "aws-sdk:dynamodb:query",
        parameters,
        then="Found",
        keep="$.found",
        retry=retries.LEDGER,
        catch=[caught(failed)],
    )


def _new_objects(job: str, values: dict[str, Any]) -> dict[str, Any]:
    keys = {":pk": string(partition(job)), ":first": string(FIRST)}
    return {
        **TABLE,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :first)",
        "ExpressionAttributeValues": {**keys, **values},
        "ConsistentRead": True,
    }


def _objects(job: str, *, then: str) -> State:
    """Turn rows into what the page says of an object, and what removes its row."""
    delete = {
        **TABLE,
        "Key": {"pk": string(partition(job)), "sk": from_path("$.sk.S")},
        "ConditionExpression": "sequencer = :sequencer",
        "ExpressionAttributeValues": {":sequencer": from_path("$.sequencer.S")},
    }
    described = {
        "uri.$": "$.uri.S",
        "size.$": "States.StringToJson($.size.N)",
        "etag.$": "$.etag.S",
    }
    each = note({"object": described, "remove": {"Delete": delete}}, at=None, then=None)
    return {
        "Type": "Map",
        "ItemsPath": "$.found.Items",
        "MaxConcurrency": PAGE_OBJECTS,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Object",
            "States": {"Object": each},
        },
        "ResultPath": "$.found.Items",
        "Next": then,
    }


def _write(job: str, *, failed: str) -> State:
    parameters = {
        "Bucket": "${LogsBucketName}",
        "Key.$": formatted(f"batches/{job}/{{}}/{{}}.json", "$.watch.row.batch.S", _PAGE),
        "Body": {"objects.$": "$.found.Items[*].object"},
        "ContentType": "application/json",
    }
    return task(
        "aws-sdk:s3:putObject",
        parameters,
        then="Removal",
        retry=retries.FILES,
        catch=[caught(failed)],
    )


def _removal(job: str) -> dict[str, Any]:
    values = {
        ":me": from_path(ME),
        ":batch": from_path("$.watch.row.batch.S"),
        ":page": {"N.$": _PAGE},
        ":next": {"N.$": formatted("{}", _NEXT_PAGE)},
    }
    next_page = change_watch(
        job,
        "SET #page = :next",
        values,
        only_if="execution = :me AND #batch = :batch AND #page = :page",
    )
    return {"objects.$": "$.found.Items[*].remove", "watch": [{"Update": next_page}]}


def _complete(job: str, *, failed: str) -> State:
    values = {":me": from_path(ME), ":pages": string("pages"), ":start": string("start")}
    change = change_watch(
        job, "SET phase = :start", values, only_if="execution = :me AND phase = :pages"
    )
    return task(
        "aws-sdk:dynamodb:updateItem",
        change,
        then="Look",
        retry=retries.LEDGER,
        catch=[caught("Look", errors=[NOT_ANY_MORE]), caught(failed)],
    )


def _start(job: str, source: str, machine_arn: str, *, failed: str) -> State:
    bucket = literal("${LogsBucketName}")
    folder = formatted(f"s3://{{}}/batches/{job}/{{}}/", bucket, "$.run.name")
    run = {
        "key.$": "$.run.name",
        "by": "files",
        "overrides": {"batches": {f"{source}.$": folder}},
    }
    parameters = {
        "StateMachineArn": machine_arn,
        "Name.$": formatted("{}-files", "$.run.name"),
        "Input": run,
    }
    return task(
        "states:startExecution",
        parameters,
        then="Left",
        retry=retries.STARTS,
        catch=[caught("Left", errors=[retries.STARTED_ALREADY]), caught(failed)],
    )


def _left(job: str, *, failed: str) -> State:
    """Look for objects that arrived during the batch, or were noted but not yet counted."""
    return task(
        "aws-sdk:dynamodb:query",
        {**_new_objects(job, {}), "Select": "COUNT", "Limit": 1},
        then="AnyLeft",
        keep="$.left",
        select={"count.$": "$.Count"},
        retry=retries.LEDGER,
        catch=[caught(failed)],
    )
