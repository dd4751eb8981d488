"""The keeper as resources: its machine and role, what wakes it, and what tells of its failures."""

from __future__ import annotations

from constructs import Construct

from sparkrail.control.keeper import definition
from sparkrail.control.machine import control_machine
from sparkrail.control.wake import ended_rule
from sparkrail.fragment import Properties, Resource, include, resource
from sparkrail.identity.keeper_role import keeper_statements, wake_statements
from sparkrail.identity.statements import managed_policy, role, trust
from sparkrail.names import Names
from sparkrail.observability.machine_alarm import machine_alarm

_EVERY_FIVE_MINUTES = "cron(0/5 * * * ? *)"
"""Not a rate, which would count from the deploy: the keeper knows a full hour by its time."""

_NOT_SUCCEEDED = {
    "failed": ("Keeper", "ExecutionsFailed"),
    "timedout": ("Keeper", "ExecutionsTimedOut"),
    "aborted": ("Keeper", "ExecutionsAborted"),
}


class Keeper(Construct):
    """A machine that finishes what the machines of jobs could not.

    Args:
        ledger: Name of the run ledger.
        data_key: ARN of the key of the ledger.
        log_key: ARN of the key of logs.
        message_key: ARN of the key of machines, schedules and queues.
        names: Of the environment.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        ledger: str,
        data_key: str,
        log_key: str,
        message_key: str,
        names: Names,
    ) -> None:
        super().__init__(scope, id_)
        may = keeper_statements(
            names,
            ledger_arn=names.arn("dynamodb", f"table/{ledger}"),
            data_key=data_key,
            message_key=message_key,
        )
        include(
            self,
            {
                **control_machine(
                    "Keeper",
                    definition(names=names),
                    machine_name=names.keeper,
                    role_name=names.keeper_role("machine"),
                    logs_name=names.keeper_logs,
                    may=may,
                    may_what="Calls that the keeper makes",
                    ledger=ledger,
                    log_key=log_key,
                    message_key=message_key,
                    names=names,
                ),
                **_wakes(names, message_key),
                "KeeperFailed": machine_alarm(
                    names.keeper,
                    watched=_NOT_SUCCEEDED,
                    label="Not succeeded",
                    about="The keeper fails: runs that died may hold their jobs. "
                    "The execution's history says why.",
                    topic_arn=names.alarm_topic_arn,
                ),
            },
        )


def _wakes(names: Names, message_key: str) -> dict[str, Resource]:
    rules = names.arn("events", f"rule/{names.prefix}-*")
    group = names.arn("scheduler", f"schedule-group/{names.keeper_schedules}")
    may = wake_statements(names, message_key=message_key)

    def waker(purpose: str, service: str, source_arn: str) -> Resource:
        trusted = trust(service, names=names, source_arn=source_arn)
        return role(
            names.keeper_role(purpose), trust_policy=trusted, policies=[{"Ref": "WakePolicy"}]
        )

    return {
        "WakePolicy": managed_policy("What wakes the keeper", may),
        "WakeRole": waker("wake", "events.amazonaws.com", rules),
        "TickRole": waker("tick", "scheduler.amazonaws.com", group),
        "Ended": ended_rule(names, role="WakeRole", machine="Keeper"),
        "Ticks": resource("AWS::Scheduler::ScheduleGroup", {"Name": names.keeper_schedules}),
        "Tick": resource("AWS::Scheduler::Schedule", _tick(names, message_key)),
    }


def _tick(names: Names, message_key: str) -> Properties:
    return {
        "Name": names.keeper,
        "Description": "Wakes the keeper; events alone may be lost",
        "GroupName": {"Ref": "Ticks"},
        "ScheduleExpression": _EVERY_FIVE_MINUTES,
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "KmsKeyArn": message_key,
        "State": "ENABLED",
        "Target": {
            "Arn": {"Ref": "Keeper"},
            "RoleArn": {"Fn::GetAtt": ["TickRole", "Arn"]},
            "Input": '{"scheduled_time":"<aws.scheduler.scheduled-time>"}',
            "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
            "DeadLetterConfig": {"Arn": names.dead_letters_arn},
        },
    }
