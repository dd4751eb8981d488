"""Step Functions, EMR Serverless and EventBridge Scheduler: what runs, and under whose role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need
from sparklaptop.untyped import MotoObject

_SERVICES = {
    "emr-serverless": "emr-serverless.amazonaws.com",
    "scheduler": "scheduler.amazonaws.com",
    "states": "states.amazonaws.com",
}


def states(request: Request, account: Account) -> list[Need]:
    """Which permissions a Step Functions request needs."""
    given = request.parameters
    arn = next(
        (given[each] for each in ("stateMachineArn", "executionArn", "resourceArn", "mapRunArn")
         if given.get(each)),
        None,
    )  # fmt: skip
    if request.operation == "CreateStateMachine":
        arn = account.arn("states", f"stateMachine:{given.get('name')}")
    context = _tags(given.get("tags") or [])
    needed = [Need(f"states:{request.operation}", arn or "*", context)]
    return needed + _passed(given.get("roleArn"), "states", arn)


def emr_serverless(request: Request, account: Account, applications: MotoObject) -> list[Need]:
    """Which permissions an EMR Serverless request needs.

    Args:
        request: The request.
        account: Where.
        applications: Id of an application -> its tags.
    """
    given, operation = request.parameters, request.operation
    identity = given.get("applicationId")
    arn = account.arn("emr-serverless", f"/applications/{identity or '*'}")
    tags = {
        f"aws:resourcetag/{key}".lower(): value
        for key, value in (applications(account.region, identity) if identity else {}).items()
    }
    asked = _tags([{"key": key, "value": value} for key, value in _map(given.get("tags"))])
    if operation in ("CreateApplication", "ListApplications"):
        arn = account.arn("emr-serverless", "/*" if operation == "CreateApplication" else "/")
    elif "jobRunId" in given:
        arn += f"/jobruns/{given['jobRunId']}"
    elif "resourceArn" in given:
        arn = given["resourceArn"]
    needed = [Need(f"emr-serverless:{operation}", arn, {**tags, **asked})]
    if operation == "StartJobRun":
        needed += _passed(given.get("executionRoleArn"), "emr-serverless", None)
        if asked:
            needed.append(Need("emr-serverless:TagResource", arn, {**tags, **asked}))
    return needed


def scheduler(request: Request, account: Account) -> list[Need]:
    """Which permissions a Scheduler request needs."""
    given, operation = request.parameters, request.operation
    group = given.get("GroupName") or given.get("groupName") or "default"
    name = given.get("Name", "*")
    if operation.endswith("ScheduleGroup"):
        arn = account.arn("scheduler", f"schedule-group/{name}")
    elif operation in ("ListScheduleGroups", "ListSchedules"):
        arn = "*"
    elif "ResourceArn" in given:
        arn = given["ResourceArn"]
    else:
        arn = account.arn("scheduler", f"schedule/{group}/{name}")
    role = (given.get("Target") or {}).get("RoleArn")
    return [Need(f"scheduler:{operation}", arn), *_passed(role, "scheduler", None)]


def _passed(role: str | None, service: str, associated: str | None) -> list[Need]:
    if not role:
        return []
    context = {"iam:passedtoservice": _SERVICES[service]}
    if associated:
        context["iam:associatedresourcearn"] = associated
    return [Need("iam:PassRole", role, context)]


def _map(tags: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return list((tags or {}).items())


def _tags(tags: list[Mapping[str, Any]]) -> dict[str, Any]:
    if not tags:
        return {}
    context: dict[str, Any] = {f"aws:requesttag/{tag['key']}".lower(): tag["value"] for tag in tags}
    return {**context, "aws:tagkeys": tuple(tag["key"] for tag in tags)}
