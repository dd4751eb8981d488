"""`sparkrail down`: the laptop cloud, stopped."""

from sparkcli.bringup import require_laptop
from sparkcli.cloud import laptop_of
from sparkcli.screen import Screen
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace


def down(env: EnvOption = "laptop", as_json: JsonOption = False) -> None:
    """Stop the laptop cloud. In this version its lake lives in memory and is gone then."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    require_laptop(workspace, "down")
    with screen.progress("Stopping the laptop cloud"):
        stopped = laptop_of(workspace).stop()
    name = workspace.environment.name
    screen.result(
        f"Laptop cloud of {name} stopped. In this version its lake lives in memory: its tables "
        "and its ledger are gone."
        if stopped
        else f"Laptop cloud of {name} is not up; nothing to stop."
    )
    screen.document({"environment": name, "stopped": stopped})
    screen.next(f"up{workspace.target.option}")
