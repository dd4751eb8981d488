"""EventBridge, SNS and SQS: where messages go."""

from __future__ import annotations

from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need


def events(request: Request, account: Account) -> list[Need]:
    """Which permissions an EventBridge request needs; PutEvents: each event by itself."""
    given, action = request.parameters, f"events:{request.operation}"
    if request.operation == "PutEvents":
        return [
            Need(
                action,
                _bus(entry.get("EventBusName") or "default", account),
                {
                    "events:source": entry.get("Source", ""),
                    "events:detail-type": entry.get("DetailType", ""),
                    "events:eventbusinvocation": "false",
                },
            )
            for entry in given.get("Entries", [])
        ]
    bus = given.get("EventBusName", "default")
    rule = given.get("Rule") or (given.get("Name") if "Rule" in request.operation else None)
    if rule:
        path = rule if bus == "default" else f"{bus.rsplit('/', 1)[-1]}/{rule}"
        needed = [Need(action, account.arn("events", f"rule/{path}"))]
    elif "EventBus" in request.operation and given.get("Name"):
        needed = [Need(action, _bus(given["Name"], account))]
    else:
        needed = [Need(action, given.get("ResourceARN", "*"))]
    roles = {target["RoleArn"] for target in given.get("Targets", []) if target.get("RoleArn")}
    passed = {"iam:passedtoservice": "events.amazonaws.com"}
    return needed + [Need("iam:PassRole", role, passed) for role in sorted(roles)]


def _bus(name: str, account: Account) -> str:
    return name if name.startswith("arn:") else account.arn("events", f"event-bus/{name}")


def sns(request: Request, account: Account) -> list[Need]:
    """Which permissions an SNS request needs; publishing a batch is publishing."""
    given = request.parameters
    action = "Publish" if request.operation == "PublishBatch" else request.operation
    arn = given.get("TopicArn") or given.get("TargetArn") or given.get("ResourceArn")
    if request.operation == "CreateTopic":
        arn = account.arn("sns", given.get("Name", "*"))
    return [Need(f"sns:{action}", arn or "*")]


_SINGLE = {
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "DeleteMessageBatch": "DeleteMessage",
    "SendMessageBatch": "SendMessage",
}


def sqs(request: Request, account: Account) -> list[Need]:
    """Which permissions an SQS request needs; a batch needs what one message needs."""
    given = request.parameters
    action = _SINGLE.get(request.operation, request.operation)
    name = given["QueueUrl"].rsplit("/", 1)[-1] if "QueueUrl" in given else given.get("QueueName")
    return [Need(f"sqs:{action}", account.arn("sqs", name) if name else "*")]
