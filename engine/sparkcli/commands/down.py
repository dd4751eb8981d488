"""`sparkrail down`: the laptop cloud, stopped."""

import shutil
from typing import Annotated

import typer

from sparkcli.bringup import require_laptop
from sparkcli.cloud import laptop_of
from sparkcli.producing.journal import produced
from sparkcli.screen import Screen
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace


def down(
    env: EnvOption = "laptop",
    forget: Annotated[
        bool,
        typer.Option(
            "--forget", help="Also drop all that it keeps: tables, files, ledger, runs, schedules."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Stop the laptop cloud. Its lake, its ledger and its runs are there again after `up`."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    require_laptop(workspace, "down")
    name, laptop = workspace.environment.name, laptop_of(workspace)
    with screen.progress("Stopping the laptop cloud"):
        stopped = laptop.stop()
        forgotten = laptop.forget() if forget else False
    if forgotten:
        # What was sent to topics that are gone cannot be looked for.
        shutil.rmtree(produced(workspace), ignore_errors=True)
    screen.result(f"Laptop cloud of {name} {_said(stopped=stopped, forgotten=forgotten)}")
    screen.document({"environment": name, "stopped": stopped, "forgotten": forgotten})
    screen.next(f"up{workspace.target.option}")


def _said(*, stopped: bool, forgotten: bool) -> str:
    if forgotten:
        return "dropped: its tables, files, ledger, runs and schedules are gone."
    if stopped:
        return "stopped. Its tables, files, ledger and runs are kept."
    return "is not up; nothing to stop."
