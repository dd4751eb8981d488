"""The laptop cloud up to date: started, synthesized, deployed, each only when it must be."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkcli.cloud import Cloud, laptop_of
from sparkcli.errors import CallError
from sparkcli.screen import Screen, Stopwatch
from sparkcli.synth import synthesize
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparklaptop import Deployment, Laptop, Status


@dataclass(frozen=True)
class Up:
    """A laptop cloud that holds what the work tree says."""

    cloud: Cloud
    status: "Status"
    deployment: "Deployment"
    started: bool

    @property
    def changed(self) -> bool:
        """Whether anything had to be done."""
        return self.started or bool(self.deployment.created or self.deployment.updated)


def bring_up(
    workspace: Workspace, screen: Screen, watch: Stopwatch, *, port: int | None = None
) -> Up:
    """Start the laptop cloud if it is down and deploy to it what changed.

    Ctrl-C (or a failure) before the end stops it again if this call had started it.

    Raises:
        OperationError: Start, synth or deploy failed; the message says which and why.
    """
    workspace.project  # noqa: B018  wrong manifests are told before anything starts
    laptop = laptop_of(workspace)
    with _one_at_a_time(workspace, screen):
        status = laptop.status()
        started = status is None
        try:
            # With a port, also one that is up is asked: it may be on another one.
            if status is None or port is not None:
                with watch.phase("start"), screen.progress("Starting the laptop cloud"):
                    status = _start(laptop, port)
            if started:
                screen.say(f"Laptop cloud is up: {status.endpoint} (process {status.pid})")
            deployment = _deploy(workspace, laptop, screen, watch)
        except BaseException:
            if started:
                laptop.stop()
            raise
    return Up(Cloud(workspace.environment, status.endpoint), status, deployment, started)


def _start(laptop: "Laptop", port: int | None) -> "Status":
    from sparklaptop import tools  # noqa: PLC0415  it needs more than the other commands

    # Without Java every attempt of every run would fail, each in its turn.
    tools.java_home()
    return laptop.start(port=port)


def _deploy(
    workspace: Workspace, laptop: "Laptop", screen: Screen, watch: Stopwatch
) -> "Deployment":
    environment = workspace.environment.name
    with watch.phase("synth"), screen.progress(f"Synthesizing {environment}"):
        synthesized = synthesize(workspace)
    if synthesized.changed:
        screen.say(f"Synthesized {environment} in {watch.seconds['synth']:.1f} s")
    with watch.phase("deploy"), screen.progress(f"Deploying {environment}"):
        deployment = laptop.deploy(synthesized.assembly, lambda text: screen.say(f"  {text}"))
    touched = len(deployment.created) + len(deployment.updated)
    if touched:
        screen.say(
            f"Deployed in {watch.seconds['deploy']:.1f} s: {len(deployment.created)} created, "
            f"{len(deployment.updated)} updated, {len(deployment.unchanged)} unchanged"
        )
    return deployment


@contextmanager
def _one_at_a_time(workspace: Workspace, screen: Screen) -> Iterator[None]:
    """Two commands at once would synthesize into the same folder: the second one waits."""
    workspace.state.mkdir(parents=True, exist_ok=True)
    with (workspace.state / f"{workspace.target.environment}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            with screen.progress("Waiting for another sparkrail command"):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def require_laptop(workspace: Workspace, command: str) -> None:
    """Refuse a command that only makes sense where the processes are ours."""
    if not workspace.target.on_laptop:
        raise CallError(
            f"`{command}` runs on this computer only, so --env is laptop or laptop:ENV.",
            next_command=f"./sparkrail {command} --env laptop:{workspace.target.environment}",
        )
