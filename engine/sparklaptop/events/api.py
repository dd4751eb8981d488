"""EventBridge's own calls: PutEvents, and what PutRule and PutTargets refuse."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events import models
from moto.events.exceptions import InvalidEventPatternException, ValidationException

from sparklaptop.events import inputs, patterns, senders, trace
from sparklaptop.events.router import Router
from sparklaptop.untyped import Json, MotoObject

_MOST_ENTRIES, _MOST_BYTES = 10, 262_144
_REQUIRED = {"Source": "Source", "DetailType": "DetailType", "Detail": "Detail"}


def apply(router: Router) -> None:
    """Put our PutEvents into moto's place, and refuse what would never be delivered."""

    def put_events(self: MotoObject, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _put(self, router, events)

    put_targets = models.EventsBackend.put_targets

    def checked(
        self: MotoObject, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]
    ) -> None:
        for target in targets:
            _check_target(target)
        put_targets(self, name, event_bus_arn, targets)

    def send_to_targets(
        self: MotoObject, original_event: MotoObject, transform_input: bool = True
    ) -> None:
        """Nothing: moto's other senders of events have ours in their place."""

    models.EventsBackend.put_events = put_events
    models.EventsBackend.put_targets = checked
    models.EventPatternParser.parse = _parse
    models.Rule.send_to_targets = send_to_targets


def _parse(self: MotoObject) -> Json:
    if not self.pattern:
        return {}
    try:
        pattern = json.loads(self.pattern)
    except ValueError:
        raise InvalidEventPatternException(reason="Invalid JSON") from None
    try:
        patterns.check(pattern)
    except patterns.PatternError as error:
        raise InvalidEventPatternException(reason=str(error)) from error
    return pattern


def _check_target(target: dict[str, Any]) -> None:
    arn = str(target["Arn"])
    kind = senders.kind_of(arn)
    if kind is None:
        raise ValidationException(
            f"Target {target['Id']}: the laptop cloud delivers to state machines, SQS, SNS, event "
            f"buses and log groups, not to {arn}."
        )
    if kind == "states" and not target.get("RoleArn"):
        raise ValidationException(f"RoleArn is required for target {arn}.")
    try:
        inputs.check_target(target)
    except inputs.PathError as error:
        raise ValidationException(f"Target {target['Id']}: {error}.") from error


def _put(backend: MotoObject, router: Router, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(events) > _MOST_ENTRIES:
        raise ValidationException(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_MOST_ENTRIES}"
        )
    if sum(map(_size, events)) > _MOST_BYTES:
        raise ValidationException("Total size of the entries in the request is over the limit.")
    accepted, answers = [], []
    for entry in events:
        depth, identity = trace.read(entry.get("TraceHeader"))
        refused = _refusal(entry, from_bus=identity is not None)
        if refused:
            answers.append(refused)
            continue
        bus = backend.describe_event_bus(
            backend._normalize_event_bus_arn(entry.get("EventBusName"))
        )
        event = router.event(
            entry["Source"],
            entry["DetailType"],
            json.loads(entry["Detail"]),
            region=backend.region_name,
            resources=entry.get("Resources") or (),
            moment=_moment(entry.get("Time")),
            identity=identity or str(uuid.uuid4()),
        )
        accepted.append((event, bus.name, depth))
        answers.append({"EventId": event["id"]})
    router.route(accepted, backend.region_name)
    return answers


def _size(entry: dict[str, Any]) -> int:
    texts = [entry.get(name) or "" for name in _REQUIRED] + (entry.get("Resources") or [])
    return sum(len(text.encode()) for text in texts)


def _refusal(entry: dict[str, Any], *, from_bus: bool) -> dict[str, str] | None:
    for name in _REQUIRED:
        if not entry.get(name):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    if entry["Source"].startswith("aws.") and not from_bus:
        message = "Not authorized for the source."
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": message}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


def _moment(given: Json) -> datetime | None:
    if given is None:
        return None
    if isinstance(given, int | float):
        return datetime.fromtimestamp(given, UTC)
    return datetime.fromisoformat(str(given))
