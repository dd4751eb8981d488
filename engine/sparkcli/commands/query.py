"""`sparkrail query`: SQL over the lake's tables."""

from typing import TYPE_CHECKING, Annotated

import typer

from sparkcli.cloud import connect
from sparkcli.errors import CallError
from sparkcli.lake_values import Answer, document_of, plain
from sparkcli.screen import Screen, table
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.tables.reading import Reading

MOST_ON_SCREEN = 100  # rows
HELP = "./sparkrail query --help"


def query(
    sql: Annotated[
        str, typer.Argument(metavar="SQL", help='For example "select * from health.state_month".')
    ],
    *,
    branch: Annotated[
        str | None,
        typer.Option(metavar="JOB/KEY", help="The tables as this run staged them."),
    ] = None,
    snapshot: Annotated[
        int | None, typer.Option(metavar="ID", help="The table as it was at this snapshot.")
    ] = None,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Answer one SELECT over Iceberg tables, named as in their contracts."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    if branch is not None and snapshot is not None:
        raise CallError("Give --branch or --snapshot, not both.", next_command=HELP)
    with screen.progress("Reading"):
        reading = _reading(workspace, branch, snapshot)
        answer = ask(workspace, sql, reading)
    show(screen, answer)
    _say_what_was_read(screen, reading)
    screen.next(f"runs{workspace.target.option}")


def ask(workspace: Workspace, sql: str, reading: "Reading | None" = None) -> Answer:
    """The answer to `sql` in the workspace's environment.

    Args:
        workspace: Says where the tables are.
        sql: One SELECT.
        reading: Which state of the tables is read. Default: what they are now.
    """
    from sparkcli.lake import Lake  # noqa: PLC0415  half a second of pyiceberg and DuckDB
    from sparkcli.tables.reading import Now  # noqa: PLC0415

    return Lake(connect(workspace), frozenset(workspace.project.tables), reading or Now()).query(
        sql
    )


def show(screen: Screen, answer: Answer) -> None:
    """Print an answer: a table for a person, an array of row objects for a program."""
    screen.document(document_of(answer))
    shown = [[plain(value) for value in row] for row in answer.rows[:MOST_ON_SCREEN]]
    screen.result(table(answer.columns, shown))
    count = len(answer.rows)
    more = f", the first {MOST_ON_SCREEN} shown" if count > MOST_ON_SCREEN else ""
    screen.say(f"{count} row{'' if count == 1 else 's'}{more}")


def _reading(workspace: Workspace, branch: str | None, snapshot: int | None) -> "Reading | None":
    if branch is None and snapshot is None:
        return None
    from sparkcli.tables.names import RunName  # noqa: PLC0415
    from sparkcli.tables.reading import AsStaged, At  # noqa: PLC0415

    if snapshot is not None:
        return At(snapshot)
    run = RunName.parse("--branch", str(branch))
    workspace.job(run.job)
    return AsStaged(run)


def _say_what_was_read(screen: Screen, reading: "Reading | None") -> None:
    from sparkcli.tables.reading import AsStaged  # noqa: PLC0415
    from sparkcli.tables.written import moment  # noqa: PLC0415

    if isinstance(reading, AsStaged):
        for name, ref in reading.read.items():
            until = f", which stays until {moment(ref.until)}" if ref.until else ""
            screen.say(f"{name} was read from the branch {ref.name}{until}")
