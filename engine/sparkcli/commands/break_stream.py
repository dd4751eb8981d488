"""`sparkrail break FAULT --job STREAM`: records under way, and not one of them lost or doubled."""

from collections.abc import Callable
from dataclasses import dataclass

from sparkcli import deeds
from sparkcli.cloud import connect, laptop_of
from sparkcli.errors import OperationError
from sparkcli.screen import Screen
from sparkcli.streaming.breaking import BrokenStream, break_stream
from sparkcli.workspace import Workspace


@dataclass(frozen=True)
class Laid:
    """A fault for a stream.

    Args:
        name: Its name.
        job: The stream.
        deed: What is done once, from outside; empty where rules do it.
        lay: Lets it be there from now on; says what was done.
    """

    name: str
    job: str
    deed: str
    lay: Callable[[], str]


def break_a_stream(screen: Screen, workspace: Workspace, laid: Laid) -> None:
    """Break a stream under way, and say what it did.

    Raises:
        OperationError: The fault never happened, or did damage.
    """
    hits = int(bool(laid.deed))

    def mend() -> None:
        nonlocal hits
        laptop = laptop_of(workspace)
        if laptop.status():
            rules = laptop.faults().rules()
            hits += sum(rule["hits"] for rule in rules if rule["name"] == laid.name)
            laptop.faults().clear()
            deeds.undo(connect(workspace))

    stream = workspace.job(laid.job)
    found = break_stream(
        workspace, screen, BrokenStream(stream, lambda: screen.say(laid.lay()), mend)
    )
    damage = {"fault": laid.name, "hits": hits, **found}
    screen.document(damage)
    screen.result(
        f"{laid.job} {damage['state']} under {laid.name}: it happened {hits} times; of "
        f"{sum(damage['acknowledged'].values()):,} records lost {damage['lost']}, duplicated "
        f"{damage['duplicated']}, quarantined {damage['quarantined']}"
    )
    option = workspace.target.option
    if not hits:
        raise OperationError(
            f"{laid.name} never happened: {laid.job} does not come to that point. The list says "
            "when each fault strikes.",
            next_command="./sparkrail break",
        )
    if not damage["exact"] or damage["orphaned_runs"]:
        raise OperationError(
            f"{laid.name} did damage to {laid.job}: see the counts above.",
            next_command=f"./sparkrail streams {laid.job}{option}",
        )
    screen.next(f"streams {laid.job}{option}")
