"""`sparkrail query`: SQL over the lake's tables."""

from typing import Annotated

import typer

from sparkcli.cloud import connect
from sparkcli.lake_values import Answer, document_of, plain
from sparkcli.screen import Screen, table
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

MOST_ON_SCREEN = 100  # rows


def query(
    sql: Annotated[
        str, typer.Argument(metavar="SQL", help='For example "select * from health.state_month".')
    ],
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Answer one SELECT over Iceberg tables, named as in their contracts."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    with screen.progress("Reading"):
        answer = ask(workspace, sql)
    show(screen, answer)
    screen.next(f"runs{workspace.target.option}")


def ask(workspace: Workspace, sql: str) -> Answer:
    """The answer to `sql` in the workspace's environment."""
    from sparkcli.lake import Lake  # noqa: PLC0415  half a second of pyiceberg and DuckDB

    return Lake(connect(workspace), frozenset(workspace.project.tables)).query(sql)


def show(screen: Screen, answer: Answer) -> None:
    """Print an answer: a table for a person, an array of row objects for a program."""
    screen.document(document_of(answer))
    shown = [[plain(value) for value in row] for row in answer.rows[:MOST_ON_SCREEN]]
    screen.result(table(answer.columns, shown))
    count = len(answer.rows)
    more = f", the first {MOST_ON_SCREEN} shown" if count > MOST_ON_SCREEN else ""
    screen.say(f"{count} row{'' if count == 1 else 's'}{more}")
