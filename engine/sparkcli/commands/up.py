"""`sparkrail up`: the laptop cloud, started and deployed to."""

from typing import Annotated

import typer

from sparkcli.bringup import bring_up, require_laptop
from sparkcli.screen import Screen, Stopwatch
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace


def up(
    env: EnvOption = "laptop",
    port: Annotated[
        int | None,
        typer.Option(help="Port of the laptop cloud. Default: 5566, or the next free one."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Start the laptop cloud and deploy what changed. A second `up` does only what is needed."""
    screen, watch, workspace = Screen(as_json=as_json), Stopwatch(), Workspace.open(env)
    require_laptop(workspace, "up")
    there = bring_up(workspace, screen, watch, port=port)
    deployment = there.deployment
    state = "is up" if there.changed else "already up"
    name = workspace.environment.name
    screen.result(
        f"Laptop cloud of {name} {state}: {there.status.endpoint} ({watch.total():.1f} s)"
    )
    screen.document(
        {
            "environment": name,
            "endpoint": there.status.endpoint,
            "pid": there.status.pid,
            "already_up": not there.changed,
            "stacks": {
                "created": list(deployment.created),
                "updated": list(deployment.updated),
                "unchanged": list(deployment.unchanged),
            },
            "seconds": {**watch.seconds, "total": watch.total()},
        }
    )
    jobs, option = workspace.jobs.values(), workspace.target.option
    job = next((each.name for each in jobs if each.stream is None), None)
    stream = next((each.name for each in jobs if each.stream is not None), None)
    screen.next(f"run {job}{option}" if job else workspace.new_job)
    if stream and workspace.environment.kafka.streams == "wait":
        screen.next(f"resume {stream}{option}", "streams wait for it")
