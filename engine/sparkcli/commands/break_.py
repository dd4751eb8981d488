"""`sparkrail break`: break something on purpose and see what it did."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.bringup import require_laptop
from sparkcli.cloud import connect, laptop_of
from sparkcli.errors import CallError, OperationError
from sparkcli.screen import Screen, facts, table
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparklaptop.faults.catalog import Fault


@dataclass(frozen=True)
class Wanted:
    """A fault that was asked for.

    Args:
        name: Its name.
        fault: What the catalog says of it.
        job: Only for runs of this job; None for everybody.
        times: How often; None for as the fault says.
    """

    name: str
    fault: "Fault"
    job: str | None
    times: int | None


def break_(
    fault: Annotated[
        str | None, typer.Argument(metavar="[FAULT]", help="Which; without one they are listed.")
    ] = None,
    *,
    job: Annotated[
        str | None, typer.Option(metavar="JOB", help="Run this job under it and count the damage.")
    ] = None,
    run: Annotated[
        bool, typer.Option("--run/--no-run", help="With --job: run it now, or only lay the fault.")
    ] = True,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="[NAME=]FILE", help="A local file in place of an input."),
    ] = None,
    times: Annotated[
        int | None, typer.Option(min=1, help="How often. Default: as the list says.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Mend everything.")] = False,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Break something in the laptop cloud on purpose, and count what was lost or left behind."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    require_laptop(workspace, "break")
    if clear:
        _clear(screen, workspace)
    elif fault is None:
        _list(screen, workspace)
    else:
        wanted = Wanted(fault, _known(fault), workspace.job(job).name if job else None, times)
        if job and run and workspace.job(job).stream is not None:
            from sparkcli.commands.break_stream import Laid, break_a_stream  # noqa: PLC0415

            laid = Laid(wanted.name, job, wanted.fault.deed, lambda: _lay(workspace, wanted))
            break_a_stream(screen, workspace, laid)
        elif job and run:
            _run_broken(screen, workspace, wanted, inputs or [])
        else:
            _inject(screen, workspace, wanted)


def _list(screen: Screen, workspace: Workspace) -> None:
    from sparklaptop.faults.catalog import FAULTS  # noqa: PLC0415

    laptop = laptop_of(workspace)
    rules = laptop.faults().rules() if laptop.status() else []
    screen.document(
        {"faults": {name: fault.says for name, fault in FAULTS.items()}, "active": rules}
    )
    screen.result(table(["fault", "what it does"], [[n, f.says] for n, f in FAULTS.items()]))
    for rule in rules:
        often = f" of {rule['times']}" if rule["times"] else ""
        screen.result(f"Active: {rule['name']}, happened {rule['hits']}{often} times")
    option = workspace.target.option
    if rules:
        screen.next(f"break --clear{option}")
    else:
        jobs = list(workspace.jobs)
        screen.next(f"break driver-after-commit --job {jobs[0] if jobs else 'JOB'}{option}")


def _clear(screen: Screen, workspace: Workspace) -> None:
    from sparkcli import deeds  # noqa: PLC0415

    cloud = connect(workspace)
    laptop = laptop_of(workspace)
    ended = len(laptop.faults().rules())
    laptop.faults().clear()
    mended = deeds.undo(cloud)
    screen.document({"cleared": ended, "mended": mended})
    screen.result(f"{ended} rule{'' if ended == 1 else 's'} cleared. {' '.join(mended)}".strip())
    screen.next(f"break{workspace.target.option}")


def _inject(screen: Screen, workspace: Workspace, wanted: Wanted) -> None:
    done = _lay(workspace, wanted)
    screen.document(
        {"fault": wanted.name, "says": wanted.fault.says, "job": wanted.job, "done": done}
    )
    screen.result(f"{wanted.name}: {done}")
    screen.next(f"break --clear{workspace.target.option}", "mends it")


def _lay(workspace: Workspace, wanted: Wanted) -> str:
    """Let the fault be there from now on; says what was done."""
    from sparkcli import deeds  # noqa: PLC0415

    cloud = connect(workspace)
    if wanted.fault.deed:
        if wanted.times is not None:
            raise CallError(f"{wanted.name} happens once, so it takes no --times.")
        return deeds.do(wanted.fault.deed, workspace, cloud)
    laptop_of(workspace).faults().inject(wanted.name, job=wanted.job, times=wanted.times)
    whose = f" (only runs of {wanted.job})" if wanted.job else ""
    return f"{wanted.fault.says}{whose}."


def _known(name: str) -> "Fault":
    from sparklaptop import LaptopError  # noqa: PLC0415
    from sparklaptop.faults.catalog import find  # noqa: PLC0415

    try:
        return find(name)
    except LaptopError as error:
        raise CallError(
            error.message[:1].upper() + error.message[1:], next_command="./sparkrail break"
        ) from None


def _run_broken(screen: Screen, workspace: Workspace, wanted: Wanted, inputs: list[str]) -> None:
    from sparkcli import deeds  # noqa: PLC0415
    from sparkcli.breaking import Broken, break_run, intact  # noqa: PLC0415

    name, job = wanted.name, wanted.job or ""

    def inject() -> None:
        if wanted.fault.deed != "laptop":
            screen.say(_lay(workspace, wanted))
            return
        # It must die in the middle of the run, not before.
        threading.Thread(target=kill_mid_run, daemon=True).start()

    def kill_mid_run() -> None:
        deeds.wait_for_a_run(workspace)
        screen.say(_lay(workspace, wanted))

    hits: list[int] = [int(bool(wanted.fault.deed))]

    def mend() -> None:
        laptop = laptop_of(workspace)
        if laptop.status():
            hits.extend(rule["hits"] for rule in laptop.faults().rules() if rule["name"] == name)
            laptop.faults().clear()
            deeds.undo(connect(workspace))

    damage = break_run(workspace, screen, Broken(job, inputs, inject, mend))
    damage = {"fault": name, "hits": sum(hits), **damage, "intact": intact(damage)}
    screen.document(damage)
    _show(screen, damage)
    if not damage["hits"]:
        raise OperationError(
            f"{name} never happened: {job} does not come to that point. The list says when each "
            "fault strikes.",
            next_command="./sparkrail break",
        )
    if not damage["intact"]:
        raise OperationError(
            f"{name} did damage to {job}/{damage['run_key']}: see the counts above.",
            next_command=f"./sparkrail runs {job}/{damage['run_key']} --history",
        )
    screen.next(f"runs {job}/{damage['run_key']} --history{workspace.target.option}")


def _show(screen: Screen, damage: dict[str, Any]) -> None:
    told = damage["ended"] or ""
    screen.result(f"{damage['job']}/{damage['run_key']} {damage['state']} under {damage['fault']}")
    screen.result(
        facts(
            {
                "happened": f"{damage['hits']} times; {damage['attempts']} attempts",
                **({"the user was told": told} if told else {}),
                "rows": f"{damage['rows']:,} expected, {damage['lost']:,} lost, "
                f"{damage['duplicated']:,} duplicated",
                "readers": f"{damage['reads']:,} reads meanwhile, {damage['half_reads']} saw half",
                "left behind": f"{damage['orphaned_runs']} orphaned runs, "
                f"{damage['orphaned_processes']} orphaned processes, "
                f"{damage['running_rows']} rows RUNNING",
            }
        )
    )
