"""Telling one target of one event, by the API that it has."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from sparklaptop.clients import Clients
from sparklaptop.events import permissions, trace
from sparklaptop.events.deliveries import Delivery
from sparklaptop.events.refusals import EndlessError, code_of
from sparklaptop.untyped import AwsClient

ATTEMPT = "<aws.scheduler.attempt-number>"
_EXECUTION_EXISTS = "ExecutionAlreadyExists"
_STREAM_EXISTS = "ResourceAlreadyExistsException"


def kind_of(arn: str) -> str | None:
    """Which kind of target an ARN is; None if nothing is delivered to such."""
    parts = arn.split(":", 5)
    if len(parts) < len(["arn", "aws", "service", "region", "account", "resource"]):
        return None
    service, resource = parts[2], parts[5]
    beginnings = {
        "states": "stateMachine:",
        "sqs": "",
        "sns": "",
        "events": "event-bus/",
        "logs": "log-group:",
    }
    beginning = beginnings.get(service)
    return service if beginning is not None and resource.startswith(beginning) else None


class Sender:
    """Tells targets; raises what the target's service answers.

    Args:
        clients: How they are called.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._kinds: dict[str, Callable[[Delivery, str], None]] = {
            "states": self._start,
            "sqs": self._queue,
            "sns": self._publish,
            "events": self._put,
            "logs": self._log,
        }

    def send(self, delivery: Delivery) -> None:
        """Tell its target.

        Raises:
            ClientError: The target's service refused.
            EndlessError: It is one of deliveries that lead to each other.
        """
        if delivery.depth >= trace.DEEPEST:
            raise EndlessError(
                f"{delivery.depth} deliveries led to each other: does {delivery.target} cause "
                "the events that it is told of?"
            )
        kind = kind_of(delivery.target)
        if kind is None:
            raise ValueError(f"nothing is delivered to {delivery.target}")
        permissions.check(delivery, delivery.target, delivery.role)
        self._kinds[kind](delivery, delivery.body.replace(ATTEMPT, str(delivery.tries + 1)))

    def bury(self, delivery: Delivery, queue: str, attributes: dict[str, str]) -> None:
        """Put what cannot be delivered into a queue.

        Args:
            delivery: What.
            queue: ARN of the queue.
            attributes: What is said of it.

        Raises:
            ClientError: The queue refused.
        """
        permissions.check(delivery, queue, delivery.dead_role)
        texts = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        }
        client = self._client("sqs", queue, delivery.dead_role, delivery.session)
        client.send_message(
            QueueUrl=self._queue_url(queue), MessageBody=delivery.dead_body, MessageAttributes=texts
        )

    def _client(self, service: str, arn: str, role: str | None, session: str) -> AwsClient:
        region = arn.split(":")[3]
        return self._clients.get(service, region, validate=False, role=role, session=session)

    def _client_for(self, service: str, delivery: Delivery) -> AwsClient:
        return self._client(service, delivery.target, delivery.role, delivery.session)

    def _queue_url(self, arn: str) -> str:
        # Asking for it would need a permission that AWS does not ask of a role.
        _, _, _, _, account, name = arn.split(":")
        return f"{self._clients.endpoint}/{account}/{name}"

    def _start(self, delivery: Delivery, body: str) -> None:
        try:
            self._client_for("stepfunctions", delivery).start_execution(
                stateMachineArn=delivery.target,
                name=delivery.id,
                input=body,
                traceHeader=trace.header(delivery.depth + 1),
            )
        except ClientError as error:
            # A delivery made again, after its answer was lost.
            if code_of(error) != _EXECUTION_EXISTS:
                raise

    def _queue(self, delivery: Delivery, body: str) -> None:
        group = {"MessageGroupId": delivery.group} if delivery.group else {}
        self._client_for("sqs", delivery).send_message(
            QueueUrl=self._queue_url(delivery.target), MessageBody=body, **group
        )

    def _publish(self, delivery: Delivery, body: str) -> None:
        self._client_for("sns", delivery).publish(TopicArn=delivery.target, Message=body)

    def _put(self, delivery: Delivery, body: str) -> None:
        event = delivery.event or {}
        entry = {
            "EventBusName": delivery.target,
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]) if "detail" in event else body,
            "Resources": event.get("resources", []),
            "TraceHeader": trace.header(delivery.depth + 1, event.get("id")),
        }
        answer = self._client_for("events", delivery).put_events(Entries=[entry])
        for one in answer["Entries"]:
            if "ErrorCode" in one:
                refused: Any = {
                    "Error": {"Code": one["ErrorCode"], "Message": one.get("ErrorMessage", "")},
                    "ResponseMetadata": {"HTTPStatusCode": 400},
                }
                raise ClientError(refused, "PutEvents")

    def _log(self, delivery: Delivery, body: str) -> None:
        client = self._client_for("logs", delivery)
        group = delivery.target.split(":", 6)[6].removesuffix(":*")
        try:
            client.create_log_stream(logGroupName=group, logStreamName=delivery.id)
        except ClientError as error:
            if code_of(error) != _STREAM_EXISTS:
                raise
        entry = {"timestamp": int(time.time() * 1000), "message": body}
        client.put_log_events(logGroupName=group, logStreamName=delivery.id, logEvents=[entry])
