"""How the content of a service is cut into rows.

A service is one row unless it holds much that changes often: messages, log lines, tables of the
catalog. Those have rows of their own, each with a mark that says cheaply whether it has changed.
What changes most (objects, items, executions, job runs, stacks) is kept elsewhere and left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation.models import CloudFormationBackend
from moto.cloudwatch.models import CloudWatchBackend
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.glue.models import FakeDatabase, GlueBackend
from moto.logs.models import LogGroup, LogsBackend, LogStream
from moto.s3.models import FakeBucket, MultipartDict, S3Backend, s3_backends
from moto.s3.utils import _VersionedKeyStore
from moto.sns.models import Topic
from moto.sqs.models import Queue, SQSBackend
from moto.stepfunctions.models import StateMachine, StateMachineVersion
from moto.utilities.tagging_service import TaggingService

from sparklaptop.state import pickling
from sparklaptop.untyped import MotoObject

ROOT = ""
_CHUNK = 200
# What adds messages to queues and changes nothing else of them.
_SENDS = frozenset({"Publish", "PublishBatch", "SendMessage", "SendMessageBatch"})
# What changes one stream of log lines.
_LOGS = frozenset({"CreateLogStream", "PutLogEvents"})
_order = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a service that has a row of its own.

    Args:
        key: Of the row, within the service.
        value: What is kept.
        mark: As long as it is equal, nothing has changed. Default: always look.
    """

    key: str
    value: Any
    mark: Any = None


@dataclass(frozen=True, kw_only=True)
class Cut:
    """How a service is cut.

    Args:
        pieces: All of a backend. Default: its attributes in one piece.
        put_back: Fills a fresh backend from its rows. Default: sets its attributes.
        some: The pieces that a call can have changed, from its operation and parameters; None: any.
            What grows is not looked through for each of such calls.
    """

    pieces: Callable[[MotoObject], Iterator[Piece]] = field(
        default=lambda backend: iter((Piece(key=ROOT, value=vars(backend)),))
    )
    put_back: Callable[[MotoObject, Mapping[str, Any]], None] = field(
        default=lambda backend, rows: backend.__dict__.update(rows.get(ROOT, {}))
    )
    some: Callable[[MotoObject, str, Mapping[str, Any]], Iterable[Piece] | None] = (
        lambda _backend, _operation, _asked: None
    )


def _without(*names: str, **instead: Callable[[], Any]) -> Callable[[MotoObject], dict[str, Any]]:
    """An object's state without some attributes, and with others new and empty."""
    left_out = {*names, *instead}

    def state(thing: MotoObject) -> dict[str, Any]:
        kept = {name: value for name, value in vars(thing).items() if name not in left_out}
        return {**kept, **{name: make() for name, make in instead.items()}}

    return state


# What of an object is not in its service's row.
STATES: dict[type, Callable[[MotoObject], Any]] = {
    FakeBucket: _without(keys=_VersionedKeyStore, multiparts=MultipartDict),
    FakeDatabase: _without(tables=dict),
    LogGroup: _without(streams=dict),
    LogStream: _without("log_group", events=list),
    Queue: _without(_messages=list, _pending_messages=set, deleted_messages=set),
    StateMachine: _without(executions=list),
    StateMachineVersion: _without(executions=list),
    Table: _without(items=pickling.maps, stream_shard=lambda: None),
    # What was sent is shown by no API.
    Topic: _without(sent_notifications=list),
}


def _queues(backend: MotoObject) -> Iterator[Piece]:
    yield Piece(key=ROOT, value=vars(backend))
    for queue in list(backend.queues.values()):
        for message in list(queue._messages):
            yield _message(queue, message)


def _message(queue: MotoObject, message: MotoObject) -> Piece:
    # A queue is a list: the number keeps its order.
    if not hasattr(message, "laptop_number"):
        message.laptop_number = next(_order)
    return Piece(
        key=f"{queue.name}/{message.laptop_number:012d}",
        value=message,
        mark=(
            message.approximate_receive_count,
            message.visible_at,
            message.delayed_until,
            message.receipt_handle,
        ),
    )


def _new_messages(
    backend: MotoObject, operation: str, _asked: Mapping[str, Any]
) -> list[Piece] | None:
    if operation not in _SENDS:
        return None
    found = []
    for queue in list(backend.queues.values()):
        # They are at the end; the first that has a number was kept before.
        new = [*itertools.takewhile(_is_new, reversed(queue._messages))]
        found += [_message(queue, message) for message in reversed(new)]
    return found


def _is_new(message: MotoObject) -> bool:
    return not hasattr(message, "laptop_number")


def _fill_queues(backend: MotoObject, rows: Mapping[str, Any]) -> None:
    backend.__dict__.update(rows.get(ROOT, {}))
    highest = 0
    for key, message in rows.items():
        if key == ROOT:
            continue
        queue = backend.queues[key.partition("/")[0]]
        queue._messages.append(message)
        if message.receipt_handle:
            queue._pending_messages.add(message)
        highest = max(highest, message.laptop_number)
    for _ in range(highest - next(_order) + 1):
        next(_order)


def _log_groups(backend: MotoObject) -> Iterator[Piece]:
    yield Piece(key=ROOT, value=vars(backend))
    for group in list(backend.groups.values()):
        for name, stream in list(group.streams.items()):
            yield from _log_stream(group, name, stream)


def _log_stream(group: MotoObject, name: str, stream: MotoObject) -> Iterator[Piece]:
    key = f"{group.name}\n{name}\n"
    lines = len(stream.events)
    born = stream.creation_time
    yield Piece(key=key, value=stream, mark=(born, lines, stream.upload_sequence_token))
    for start in range(0, lines, _CHUNK):
        chunk = stream.events[start : start + _CHUNK]
        yield Piece(key=f"{key}{start:012d}", value=chunk, mark=(born, len(chunk)))


def _one_stream(
    backend: MotoObject, operation: str, asked: Mapping[str, Any]
) -> list[Piece] | None:
    if operation not in _LOGS:
        return None
    group, name = backend.groups[asked["logGroupName"]], asked["logStreamName"]
    return list(_log_stream(group, name, group.streams[name]))


def _fill_log_groups(backend: MotoObject, rows: Mapping[str, Any]) -> None:
    backend.__dict__.update(rows.get(ROOT, {}))
    # A stream's own row sorts before its lines.
    for key, value in rows.items():
        if key == ROOT:
            continue
        group, name, start = key.split("\n")
        streams = backend.groups[group].streams
        if start:
            streams[name].events.extend(value)
        else:
            value.log_group = backend.groups[group]
            streams[name] = value


def _catalog(backend: MotoObject) -> Iterator[Piece]:
    yield Piece(key=ROOT, value=vars(backend))
    for database in list(backend.databases.values()):
        for name, table in list(database.tables.items()):
            yield Piece(key=f"{database.name}/{name}", value=table)


def _fill_catalog(backend: MotoObject, rows: Mapping[str, Any]) -> None:
    backend.__dict__.update(rows.get(ROOT, {}))
    for key, table in rows.items():
        if key != ROOT:
            database, _, name = key.partition("/")
            backend.databases[database].tables[name] = table


def _one_table(backend: MotoObject, operation: str, asked: Mapping[str, Any]) -> list[Piece] | None:
    if operation != "UpdateTable":
        return None
    database, name = asked["DatabaseName"], asked["TableInput"]["Name"]
    return [Piece(key=f"{database}/{name}", value=backend.databases[database].tables[name])]


def _buckets(backend: MotoObject) -> Iterator[Piece]:
    attributes = dict(vars(backend))
    tagger = TaggingService()
    # Tags of objects are in the objects' rows.
    tagger.tags = {arn: tags for arn, tags in backend.tagger.tags.items() if "/" not in arn}
    yield Piece(key=ROOT, value={**attributes, "tagger": tagger})


def _fill_buckets(backend: MotoObject, rows: Mapping[str, Any]) -> None:
    backend.__dict__.update(rows.get(ROOT, {}))
    for bucket in backend.buckets.values():
        s3_backends.bucket_accounts[bucket.name] = (bucket.partition, bucket.account_id)


def _alarms(backend: MotoObject) -> Iterator[Piece]:
    # Datapoints come with every line of a driver, and are worth a look, not a restart.
    kept = {name: value for name, value in vars(backend).items() if name != "metric_data"}
    yield Piece(key=ROOT, value=kept)


def _stacks(backend: MotoObject) -> Iterator[Piece]:
    for kind in ("stacks", "deleted_stacks"):
        for stack in list(getattr(backend, kind).values()):
            yield Piece(key=f"{kind}/{stack.stack_id}", value=stack)


def _fill_stacks(backend: MotoObject, rows: Mapping[str, Any]) -> None:
    for key, stack in rows.items():
        kind, _, identity = key.partition("/")
        getattr(backend, kind)[identity] = stack
        for export in stack.exports if kind == "stacks" else ():
            backend.exports[export.name] = export


CUTS: dict[type, Cut] = {
    CloudFormationBackend: Cut(pieces=_stacks, put_back=_fill_stacks),
    CloudWatchBackend: Cut(pieces=_alarms),
    DynamoDBBackend: Cut(),
    GlueBackend: Cut(pieces=_catalog, put_back=_fill_catalog, some=_one_table),
    LogsBackend: Cut(pieces=_log_groups, put_back=_fill_log_groups, some=_one_stream),
    S3Backend: Cut(pieces=_buckets, put_back=_fill_buckets),
    SQSBackend: Cut(pieces=_queues, put_back=_fill_queues, some=_new_messages),
}
WHOLE = Cut()
