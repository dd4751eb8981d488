"""`sparkrail tables restore`: a table that somebody dropped, registered again."""

from typing import Annotated, Any

import typer

from sparkcli.cloud import Cloud, connect
from sparkcli.errors import CallError
from sparkcli.screen import Screen, Stopwatch, facts
from sparkcli.tables.argument import TableArgument
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace


def restore(
    name: TableArgument,
    *,
    metadata: Annotated[
        str | None, typer.Option(metavar="FILE", help="Which metadata file, if several may be it.")
    ] = None,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Bring back TABLE, which was dropped: its files are found and registered again."""
    screen, workspace, watch = Screen(as_json=as_json), Workspace.open(env), Stopwatch()
    with screen.progress("Looking for its files"):
        document = _restore(workspace, connect(workspace), name, metadata)
    document["seconds"] = watch.total()
    screen.document(document)
    screen.result(
        facts(
            {
                "Table": name,
                "Rows": f"{document['rows']:,}",
                "Snapshot": document["snapshot"] or "none: nothing was written",
                "Last written": document["at"],
                "Metadata": document["metadata"],
                "Undeleted": f"{document['undeleted']:,} objects",
            }
        )
    )
    screen.say(f"{name} is there again, with its history. It took {document['seconds']:.1f} s.")
    screen.next(f"tables history {name}{workspace.target.option}")


def _restore(workspace: Workspace, cloud: Cloud, name: str, metadata: str | None) -> dict[str, Any]:
    from pyiceberg.exceptions import TableAlreadyExistsError  # noqa: PLC0415  half a second

    from sparkcli.tables.catalog import Tables  # noqa: PLC0415
    from sparkcli.tables.place import (  # noqa: PLC0415
        Place,
        deleted_objects,
        dropped_with,
        undelete,
    )
    from sparkcli.tables.restore import candidates, chosen, read_one  # noqa: PLC0415

    tables = Tables.of(cloud, workspace)
    identifier = tables.identifier(name)
    if tables.catalog.table_exists(identifier):
        raise _exists(name)
    place = Place.of(tables, name)
    back = dropped_with(deleted_objects(cloud, place))
    undelete(cloud, place, back)
    one = (
        read_one(cloud, place, metadata)
        if metadata
        else chosen(name, place, candidates(cloud, place))
    )
    try:
        tables.catalog.register_table(identifier, one.location)
    except TableAlreadyExistsError:
        raise _exists(name) from None
    return {"table": name, **one.as_document(), "undeleted": len(back)}


def _exists(name: str) -> CallError:
    return CallError(
        f"{name} is there; only a table that was dropped can be restored. To go back to an earlier "
        f"state of it: ./sparkrail tables rollback {name} --to SNAPSHOT",
        next_command=f"./sparkrail tables history {name}",
    )
