"""`sparkrail tables diff`: what the next run will do to a table, before it is deployed."""

from typing import TYPE_CHECKING, Annotated

import typer

from sparkcli.cloud import connect
from sparkcli.errors import OperationError, unknown
from sparkcli.screen import Screen
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.tables.differences import Difference

SAID = {
    "new": "no run has written it yet; the first one makes it",
    "same": "is as its contract",
    "changes": "the next run changes it:",
    "older": "a newer release changed it; this contract is an older one, and may still write",
    "refused": "the next run will fail, and publish nothing:",
}


def diff(
    name: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="Default: every table with a contract.")
    ] = None,
    *,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Compare contracts with the tables as they are: what the next run changes, or refuses."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    if name is not None and name not in workspace.project.tables:
        raise unknown("contract", name, workspace.project.tables, where="in tables/")
    with screen.progress("Comparing"):
        found = _differences(workspace, name)
    document = {"tables": [each.as_document() for each in found]}
    for each in found:
        _show(screen, each)
    refused = [each.table for each in found if each.refusals]
    if refused:
        raise OperationError(
            f"{', '.join(refused)}: the contract asks for what would lose something, or cannot be. "
            "Choose as told above; the next run writes nothing before.",
            next_command=f"./sparkrail tables show {refused[0]}{workspace.target.option}",
            document=document,
        )
    screen.document(document)
    first = next((each.table for each in found if each.state != "new"), None)
    option = workspace.target.option
    screen.next(f"tables show {first}{option}" if first else f"runs{option}")


def _differences(workspace: Workspace, name: str | None) -> "list[Difference]":
    from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError  # noqa: PLC0415

    from sparkcli.tables.catalog import Tables  # noqa: PLC0415
    from sparkcli.tables.differences import contracts_of, difference  # noqa: PLC0415

    tables = Tables.of(connect(workspace), workspace)
    found = []
    for contract in contracts_of(workspace, name):
        try:
            loaded = tables.catalog.load_table(tables.identifier(contract.name))
        except (NoSuchTableError, NoSuchNamespaceError):
            loaded = None
        found.append(difference(workspace, contract, loaded))
    return found


def _show(screen: Screen, one: "Difference") -> None:
    screen.result(f"{one.table}: {SAID[one.state]}")
    for each in one.changes:
        screen.result(f"  {each['column']}: {each['what']} ({each['why']})")
    for each in one.refusals:
        place = each["file"] if each["line"] is None else f"{each['file']}:{each['line']}"
        screen.result(f"  {place}  {each['key']}: {each['what']}")
        screen.result(f"      {each['why']}")
        for number, choice in enumerate(each["choices"]):
            first, *more = str(choice).splitlines()
            screen.result(f"      {'or' if number else 'either'}: {first}")
            for line in more:
                screen.result(f"          {line}")
