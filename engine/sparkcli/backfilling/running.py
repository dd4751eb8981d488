"""Start and stop the machine that works on a plan."""

import json
from datetime import UTC, datetime

from sparkcli.backfilling.store import Plan, read_plan, standing
from sparkcli.cloud import Cloud
from sparkcli.errors import CallError
from sparkcli.screen import Screen

RUNNING = "RUNNING"


def start_plan(screen: Screen, cloud: Cloud, plan: Plan, option: str) -> str:
    """Start the machine on what a plan has still to do; the ARN of its execution.

    Raises:
        CallError: Somebody works on it already, or there is nothing left to do.
    """
    if is_running(cloud, plan):
        raise CallError(
            f"The backfill {plan.id} runs already.",
            next_command=f"./sparkrail backfill {plan.id}{option}",
            document=plan.as_document(),
        )
    if not standing(cloud, plan.id).todo:
        raise CallError(
            f"The backfill {plan.id} has nothing left to do. Runs that failed are made again by a "
            "new backfill of the same days.",
            next_command=f"./sparkrail backfill {plan.job} --from {plan.first} --to {plan.last}"
            f"{option}",
            document=plan.as_document(),
        )
    answer = cloud.states.start_execution(
        stateMachineArn=cloud.names.backfill_arn,
        # Each start of a plan is an execution of its own; the plan's row lets one of them work.
        name=f"{plan.id}-{datetime.now(UTC):%H%M%S%f}",
        input=json.dumps({"plan": plan.id, "concurrency": plan.concurrency}),
    )
    screen.say(f"Started backfill {plan.id}")
    return answer["executionArn"]


def stop_plan(screen: Screen, cloud: Cloud, name: str, option: str) -> None:
    """Let a backfill start no more runs; those under way go on to their end.

    Raises:
        CallError: There is no such plan, or nobody works on it.
    """
    plan = read_plan(cloud, name)
    if not is_running(cloud, plan):
        raise CallError(
            f"The backfill {plan.id} does not run: it is {plan.state}.",
            next_command=f"./sparkrail backfill {plan.id}{option}",
            document=plan.as_document(),
        )
    cloud.states.stop_execution(
        executionArn=plan.execution, error="Stopped", cause="sparkrail backfill --stop"
    )
    left = standing(cloud, name)
    screen.document({**plan.as_document(), "state": "STOPPED", "todo": left.todo})
    screen.result(f"The backfill {name} starts no more runs; those under way go on. {left}.")
    screen.next(f"backfill --resume {name}{option}")


def is_running(cloud: Cloud, plan: Plan) -> bool:
    """Whether an execution works on a plan now."""
    if plan.state != RUNNING or not plan.execution:
        return False
    described = cloud.states.describe_execution(executionArn=plan.execution)
    return described["status"] == RUNNING
