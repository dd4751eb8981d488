"""Show how far a backfill is, once or until it has ended."""

import time
from typing import Any

from sparkcli.backfilling.running import RUNNING, is_running
from sparkcli.backfilling.store import Plan, Standing, read_plan, standing
from sparkcli.cloud import Cloud
from sparkcli.errors import NoLongerFollowedError, OperationError
from sparkcli.screen import Screen, facts

SHOWN = 10
SUCCEEDED = "SUCCEEDED"
HAND_OVER_SECONDS = 60  # an execution with a long history starts the next one, which takes over


def plan_document(plan: Plan, found: Standing | None = None) -> dict[str, Any]:
    """What `--json` prints of a plan."""
    if found is None:
        return plan.as_document()
    return {
        **plan.as_document(),
        "todo": found.todo,
        "states": dict(found.states),
        "failed": [dict(each) for each in found.bad],
    }


def show_plan(screen: Screen, cloud: Cloud, name: str, option: str) -> None:
    """Show a backfill as it stands."""
    plan, found = read_plan(cloud, name), standing(cloud, name)
    running = is_running(cloud, plan)
    state = plan.state if running or plan.state != RUNNING else "STOPPED"
    document = {**plan_document(plan, found), "state": state}
    screen.document(document)
    shown = {key: value for key, value in document.items() if key not in ("failed", "states")}
    screen.result(facts({key: value for key, value in shown.items() if value is not None}))
    screen.result(str(found))
    _show_bad(screen, found)
    if running:
        screen.next(f"backfill --stop {name}{option}", "starts no more runs")
    elif found.todo:
        screen.next(f"backfill --resume {name}{option}")
    else:
        screen.next(f"runs {plan.job}{option}")


def follow_plan(
    screen: Screen, cloud: Cloud, name: str, execution: str, *, option: str, stay: bool
) -> None:
    """Say how far a backfill is until the execution that works on it has ended.

    Args:
        screen: Gets a line whenever something has changed.
        cloud: Where.
        name: Of the plan.
        execution: ARN of the execution.
        option: What suggested commands end with.
        stay: Whether to wait for the end.

    Raises:
        OperationError: Some of its runs did not succeed, or it was stopped.
        NoLongerFollowedError: Ctrl-C; it goes on.
    """
    plan, found = read_plan(cloud, name), standing(cloud, name)
    if not stay:
        screen.document(plan_document(plan, found))
        screen.next(f"backfill {name}{option}", "shows how far it is")
        return
    try:
        plan, found = _until_ended(screen, cloud, name, execution)
    except KeyboardInterrupt:
        screen.next(f"backfill --stop {name}{option}", "starts no more runs")
        raise NoLongerFollowedError(
            f"No longer followed. The backfill {name} goes on.",
            next_command=f"./sparkrail backfill {name}{option}",
            document=plan_document(plan, found),
        ) from None
    document = plan_document(plan, found)
    if found.todo:
        raise OperationError(
            f"The backfill {name} has stopped before its end: {found}. {plan.cause}".rstrip(),
            next_command=f"./sparkrail backfill --resume {name}{option}",
            document={**document, "state": "STOPPED"},
        )
    _show_bad(screen, found)
    if found.bad:
        raise OperationError(
            f"{len(found.bad)} of {plan.count} runs of the backfill {name} have no data.",
            next_command=f"./sparkrail runs {plan.job} --failed{option}",
            document=document,
        )
    screen.document(document)
    screen.result(f"Backfill {name} {plan.state}: {found}.")
    screen.next(f"runs {plan.job}{option}")


def _until_ended(screen: Screen, cloud: Cloud, name: str, execution: str) -> tuple[Plan, Standing]:
    began, told, handed_over = time.monotonic(), "", 0.0
    while True:
        status = cloud.states.describe_execution(executionArn=execution)["status"]
        plan, found = read_plan(cloud, name), standing(cloud, name)
        if str(found) != told:
            told = str(found)
            screen.say(f"{time.monotonic() - began:7.1f} s  {told}")
        if status == RUNNING:
            handed_over = 0.0
        elif status != SUCCEEDED or plan.state != RUNNING:
            return plan, found
        elif plan.execution != execution:
            execution = plan.execution
        elif handed_over and time.monotonic() - handed_over > HAND_OVER_SECONDS:
            return plan, found
        else:
            handed_over = handed_over or time.monotonic()
        time.sleep(cloud.poll_seconds)


def _show_bad(screen: Screen, found: Standing) -> None:
    for each in found.bad[:SHOWN]:
        words = (each["cause"].splitlines() or [""])[0]
        screen.result(f"  {each['job']}/{each['key']} {each['state']} {words}".rstrip())
    if len(found.bad) > SHOWN:
        screen.result(f"  and {len(found.bad) - SHOWN} more")
