"""`sparkrail tables`: the lake's tables, what they were, and how they get back there."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from sparkcli.cloud import Cloud, connect
from sparkcli.commands.tables_diff import diff
from sparkcli.commands.tables_erase import erase
from sparkcli.commands.tables_restore import restore
from sparkcli.commands.tables_rollback import rollback
from sparkcli.commands.tables_show import show
from sparkcli.screen import Screen, table
from sparkcli.tables.argument import TableArgument
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help="The lake's tables: list, show, undo.")
DEFAULT_LIMIT = 20


@app.command("list")
def list_(env: EnvOption = "laptop", as_json: JsonOption = False) -> None:
    """Every table: who answers for it, how large it is, and which run wrote it last."""
    from sparkcli.tables.catalog import Tables  # noqa: PLC0415  half a second of pyiceberg
    from sparkcli.tables.overview import CONTRACT, NONE, entries, size  # noqa: PLC0415
    from sparkcli.tables.written import moment  # noqa: PLC0415

    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    option = workspace.target.option
    with screen.progress("Reading the catalog"):
        found = entries(workspace, Tables.of(connect(workspace), workspace))
    screen.document([each.as_document() for each in found])
    columns = ["table", "owner", "write", "rows", "files", "size", "snapshots", "last run", "when"]
    rows: list[list[object]] = []
    for each in found:
        now, last = each.now, each.last
        figures = [now.rows, now.files, size(now.bytes), each.snapshots] if now else [None] * 4
        run = [last.by, moment(last.at)] if last else ["" if each.there else "not written yet", ""]
        rows.append([each.name, each.owner, each.write or f"({each.kind})", *figures, *run])
    screen.result(table(columns, rows) if rows else "No contract and no table.")
    strangers = [each.name for each in found if each.kind == NONE]
    if strangers:
        screen.say(f"Without a contract: {', '.join(strangers)}. No run of a job may write them.")
    first = next((each.name for each in found if each.there and each.kind == CONTRACT), None)
    screen.next(f"tables show {first}{option}" if first else f"runs{option}")


@app.command("history")
def history(
    name: TableArgument,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = DEFAULT_LIMIT,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Which run wrote what into TABLE, newest first, and what was rolled back."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    cloud = connect(workspace)
    with screen.progress("Reading"):
        document = _history(cloud, workspace, name, limit)
    screen.document(document)
    columns = ["snapshot", "when", "run", "operation", "added", "removed", "rows", "files", ""]
    rows = [
        [
            str(each["snapshot"]), each["at"], each["by"], each["operation"], each["rows_added"],
            each["rows_removed"], each["rows"], each["files"], each["note"],
        ]
        for each in document["snapshots"]
    ]  # fmt: skip
    screen.result(table(columns, rows) if rows else f"Nothing was written into {name} yet.")
    for each in document["rollbacks"]:
        screen.say(f"{each['at']}  {each['by']} {_told(each)}, to {each['to']}")
    option = workspace.target.option
    last = next((each for each in document["snapshots"] if each["job"] and not each["note"]), None)
    if last:
        run = f"{last['job']}/{last['run_key']}"
        screen.next(f"tables rollback {name} --before {run}{option}", "as if it had not run")
    else:
        screen.next(f"tables show {name}{option}")


def _told(rollback: Mapping[str, Any]) -> str:
    """What a rollback took away and brought again."""
    kinds = (("rolled back", rollback["undone"]), ("brought again", rollback["again"]))
    told = [
        f"{verb} " + ", ".join(f"{run['job']}/{run['key']}" for run in runs)
        for verb, runs in kinds
        if runs
    ]
    return " and ".join(told) or "rolled back"


def _history(cloud: Cloud, workspace: Workspace, name: str, limit: int) -> dict[str, Any]:
    from sparkcli.tables.catalog import Tables  # noqa: PLC0415
    from sparkcli.tables.snapshots import Past  # noqa: PLC0415
    from sparkcli.tables.telling import rollbacks  # noqa: PLC0415

    past = Past(Tables.of(cloud, workspace).load(name).metadata)
    gone = {each.id for each in past.undone}
    both = sorted((*past.main, *past.undone), key=lambda each: each.at, reverse=True)
    tags = {ref.head.id: ref.name for ref in past.refs if ref.tag}
    snapshots = [
        {
            **each.as_document(),
            "by": each.by,
            "note": " ".join(
                filter(None, ["rolled back" if each.id in gone else "", tags.get(each.id, "")])
            ),
        }
        for each in both[:limit]
    ]
    return {"table": name, "snapshots": snapshots, "rollbacks": rollbacks(cloud, name)}


app.command("show")(show)
app.command("diff")(diff)
app.command("rollback")(rollback)
app.command("restore")(restore)
app.command("erase")(erase)
