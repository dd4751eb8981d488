"""The command `sparkrail`: which commands there are, and how they end."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from sparkcli.commands import (
    backfill,
    break_,
    check,
    demo,
    dev,
    doctor,
    down,
    logs,
    new,
    pause,
    produce,
    query,
    rerun,
    resume,
    run,
    runs,
    shell,
    stop,
    streams,
    tables,
    up,
)
from sparkcli.errors import FAILED, INTERRUPTED, CommandError
from sparkcli.faults import as_command_error
from sparkcli.screen import Screen

app = typer.Typer(
    name="sparkrail",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A folder with a PySpark job becomes a pipeline, here and on AWS.",
    epilog="Exit codes: 0 done, 1 the run or the operation failed, 2 the input or the call is "
    "wrong, 130 interrupted. Every command takes --json.",
)
START, WORK, STEER, LOOK, MAKE = "Start", "Work on a job", "Steer runs", "Look", "Make"
app.command(rich_help_panel=START)(doctor.doctor)
app.command(rich_help_panel=START)(demo.demo)
app.command(rich_help_panel=START)(up.up)
app.command(rich_help_panel=START)(down.down)
app.command(rich_help_panel=WORK)(check.check)
app.command(rich_help_panel=WORK)(dev.dev)
app.command(rich_help_panel=WORK)(shell.shell)
app.command(rich_help_panel=WORK)(run.run)
app.command(rich_help_panel=WORK)(produce.produce)
app.command("break", rich_help_panel=WORK)(break_.break_)
app.command(rich_help_panel=STEER)(backfill.backfill)
app.command(rich_help_panel=STEER)(pause.pause)
app.command(rich_help_panel=STEER)(resume.resume)
app.command(rich_help_panel=STEER)(rerun.rerun)
app.command(rich_help_panel=STEER)(stop.stop)
app.command(rich_help_panel=LOOK)(runs.runs)
app.command(rich_help_panel=LOOK)(streams.streams)
app.command(rich_help_panel=LOOK)(logs.logs)
app.command(rich_help_panel=LOOK)(query.query)
app.add_typer(tables.app, name="tables", rich_help_panel=LOOK)
app.add_typer(new.app, name="new", rich_help_panel=MAKE)


def main() -> NoReturn:
    """Run the command line and exit with the documented code; never with a traceback."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    screen = Screen(as_json="--json" in sys.argv)
    try:
        code = app(standalone_mode=False, prog_name="./sparkrail")
    except Exception as error:
        code = _tell(screen, as_command_error(error))
    except KeyboardInterrupt:
        screen.say("Interrupted.")
        code = INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)


def _tell(screen: Screen, error: CommandError) -> int:
    try:
        screen.error(error.message, error.next_command)
        screen.document(error.as_document())
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): say nothing, also not at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return error.exit_code


def _as_interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
