"""`sparkrail tables show`: one table, its columns, its size, and what is beside main."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.cloud import connect
from sparkcli.errors import unknown
from sparkcli.screen import Screen, facts, table
from sparkcli.tables.argument import TableArgument
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.tables.catalog import Tables

QUIET = ("owner", "created-at", "schema.", "write.parquet.compression-codec")
"""Properties that every table has, and that say nothing about this one."""


def show(
    name: TableArgument,
    *,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The page of its contract, for a wiki.")
    ] = False,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Columns, partition, size of TABLE, and the branches and tags beside main."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    option = workspace.target.option
    if markdown:
        page = _page(workspace, name)
        screen.document({"table": name, "markdown": page})
        screen.result(page)
        screen.next(f"tables show {name}{option}")
        return
    from sparkcli.tables.catalog import Tables  # noqa: PLC0415  half a second of pyiceberg

    with screen.progress("Reading"):
        document = _document(workspace, Tables.of(connect(workspace), workspace), name)
    screen.document(document)
    _show(screen, document)
    if document["differs"]:
        screen.next(f"tables diff {name}{option}", "the contract says something else")
    else:
        screen.next(f"tables history {name}{option}")


def _page(workspace: Workspace, name: str) -> str:
    from sparkcli.tables.owners import owner_of  # noqa: PLC0415
    from sparkmodel.table_page import table_page  # noqa: PLC0415

    contracts = workspace.project.tables
    if name not in contracts:
        raise unknown("contract", name, contracts, where="in tables/")
    return table_page(contracts[name], owner=owner_of(workspace, name) or None)


def _document(workspace: Workspace, tables: "Tables", name: str) -> dict[str, Any]:
    from sparkcli.tables.contracts import contract_of  # noqa: PLC0415
    from sparkcli.tables.live import live_of  # noqa: PLC0415
    from sparkcli.tables.owners import owner_of, readers_of, writers_of  # noqa: PLC0415
    from sparkcli.tables.snapshots import Past  # noqa: PLC0415
    from sparkcli.tables.written import moment  # noqa: PLC0415

    loaded = tables.load(name)
    past = Past(loaded.metadata)
    contract = contract_of(workspace, name)
    said = {column.name: column for column in contract.stored} if contract else {}
    now = past.main[0] if past.main else None
    last = next((each for each in past.main if each.run), None)
    live = live_of(loaded)
    columns = [
        {
            "name": column.name,
            "type": column.type,
            "required": column.required,
            "sensitivity": said[column.name].sensitivity if column.name in said else None,
            "doc": column.doc,
        }
        for column in live.columns
    ]
    shape = {column.name: (column.type, column.required) for column in live.columns}
    wanted = {column.name: (column.type, column.required) for column in said.values()}
    return {
        "table": name,
        "description": contract.description if contract else "",
        "owner": owner_of(workspace, name) or None,
        "write": contract.write if contract else None,
        "key": list(contract.key) if contract else [],
        "written_by": [job.name for job in writers_of(workspace, name)],
        "read_by": [job.name for job in readers_of(workspace, name)],
        "partition": [str(each) for each in live.partition.values()],
        "sort": [str(each) for each in live.sort],
        "format_version": live.format_version,
        "location": loaded.location(),
        "properties": {
            key: value
            for key, value in sorted(loaded.properties.items())
            if not key.startswith(QUIET)
        },
        "rows": now.rows if now else 0,
        "files": now.files if now else 0,
        "bytes": now.bytes if now else 0,
        "snapshots": len(loaded.metadata.snapshots),
        "last_run": str(last.run) if last else None,
        "last_at": moment(last.at) if last else None,
        "columns": columns,
        "branches": [ref.as_document() for ref in past.refs if not ref.tag],
        "tags": [ref.as_document() for ref in past.refs if ref.tag],
        "differs": contract is not None and shape != wanted,
    }


def _show(screen: Screen, document: dict[str, Any]) -> None:
    from sparkcli.tables.overview import size  # noqa: PLC0415
    from sparkcli.tables.written import counted  # noqa: PLC0415

    def listed(key: str) -> str:
        return ", ".join(document[key]) or "none"

    files = counted(document["files"], "file")
    last = f"{document['last_run']} at {document['last_at']}" if document["last_run"] else "none"
    told = {
        "Table": document["table"],
        "Description": document["description"],
        "Owner": document["owner"],
        "Written": f"{document['write']}, by {listed('written_by')}" if document["write"] else None,
        "Read by": listed("read_by"),
        "Key": ", ".join(document["key"]),
        "Partition": listed("partition"),
        "Sort": ", ".join(document["sort"]),
        "Rows": f"{document['rows']:,} in {files}, {size(document['bytes'])}",
        "Snapshots": document["snapshots"],
        "Last run": last,
        "Format": f"Iceberg {document['format_version']}, {document['location']}",
        "Properties": "\n".join(f"{k} = {v}" for k, v in document["properties"].items()),
    }
    screen.result(facts({name: value for name, value in told.items() if value}))
    rows = [
        [c["name"], c["type"], "required" if c["required"] else "", c["sensitivity"], c["doc"]]
        for c in document["columns"]
    ]
    screen.result(table(["column", "type", "", "sensitivity", "doc"], rows, title="\nColumns"))
    for kind in ("branches", "tags"):
        if refs := document[kind]:
            cells = [[ref["name"], _run(ref), ref["rows"], ref["at"], ref["until"]] for ref in refs]
            columns = ["name", "run", "rows", "when", "until"]
            screen.result(table(columns, cells, title=f"\n{kind.capitalize()}"))


def _run(ref: dict[str, Any]) -> str:
    if ref["run_key"] is None:
        return ""
    run = f"{ref['job']}/{ref['run_key']}" if ref["job"] else str(ref["run_key"])
    return run if ref["generation"] == 1 else f"{run}/{ref['generation']}"
