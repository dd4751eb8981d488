"""`sparkrail tables erase`: rows of somebody who asked for it, out of every snapshot."""

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.arguments import check_key
from sparkcli.cloud import Cloud, connect
from sparkcli.consent import ask
from sparkcli.errors import CallError, NoLongerFollowedError, OperationError, unknown
from sparkcli.execution import Started, start
from sparkcli.follow import Moment, follow
from sparkcli.ledger import Ledger
from sparkcli.screen import Screen, facts, table
from sparkcli.tables.argument import TableArgument
from sparkcli.target import EnvOption, JsonOption
from sparkcli.verdict import judge
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.tables.erasure import Erasure


def erase(
    name: TableArgument,
    *,
    keys: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="COL=VALUE", help="Which rows; given twice, both must fit."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Erase rows of TABLE for good: from its data, its snapshots and its files."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    wanted, rows = _wanted(workspace, name, keys or [])
    cloud = connect(workspace)
    document: dict[str, Any] = {
        "table": name, "team": wanted.team, "job": wanted.job, "rows": rows
    }  # fmt: skip
    screen.result(facts({"Table": name, "Rows": rows, "Erased by": wanted.job}))
    if not yes:
        ask(screen, f"Erase these rows of {name} for good? No rollback brings them back.", document)
    run_key = check_key(f"erase-{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}")
    started = start(
        cloud, job=wanted.job, key=run_key, generation=1,
        overrides={"parameters": dict(wanted.parameters)},
    )  # fmt: skip
    screen.say(f"Started {started.name}")
    report = _follow(screen, cloud, started, document, workspace.target.option)
    told: Mapping[str, Any] = report.get("maintenance") or {}
    screen.document({**document, "run_key": run_key, "erased": dict(told)})
    _show_report(screen, told)
    screen.next(f"logs {started.name}{workspace.target.option}")


def _wanted(workspace: Workspace, name: str, keys: list[str]) -> "tuple[Erasure, str]":
    """What is asked of the job, and its rows for people."""
    from sparkcli.tables.contracts import contract_of  # noqa: PLC0415
    from sparkcli.tables.erasure import (  # noqa: PLC0415
        Erasure,
        keeper_of,
        keys_of,
        shown,
        where_of,
    )

    contract = contract_of(workspace, name)
    if contract is None:
        raise unknown("contract", name, workspace.project.tables, where="in tables/")
    if not keys:
        raise CallError(
            f"Say which rows: tables erase {name} --key COL=VALUE. All rows are never erased.",
            next_command=f"./sparkrail tables show {name}",
        )
    found = keys_of(contract, keys)
    keeper = keeper_of(workspace, name)
    erasure = Erasure(name, keeper.name, keeper.team, where_of(contract, found))
    return erasure, shown(contract, found)


def _follow(
    screen: Screen, cloud: Cloud, started: Started, document: Mapping[str, Any], option: str
) -> Mapping[str, Any]:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    def tell(moment: Moment) -> None:
        if moment.state:
            screen.say(f"  {moment.state}", style="yellow" if moment.error else None)

    try:
        outcome = follow(cloud, started.execution, tell)
    except KeyboardInterrupt:
        raise NoLongerFollowedError(
            f"No longer followed. {started.name} keeps running.",
            next_command=f"./sparkrail logs {started.name} --follow{option}",
            document=document,
        ) from None
    except ClientError as error:
        raise OperationError(f"{started.name} cannot be followed: {error}") from None
    row = Ledger(cloud).run(started.job, started.key)
    report: Mapping[str, Any] = row.report if row else {}
    state = row.state if row else outcome.status
    judge(
        started, outcome, claimed=row is not None, report=report,
        document={**document, "run_key": started.key, "state": state},
    )  # fmt: skip
    return report


def _show_report(screen: Screen, told: Mapping[str, Any]) -> None:
    screen.result(
        f"{told.get('rows', 0):,} rows are erased, {told.get('snapshots_expired', 0):,} snapshots "
        "that had them are gone."
    )
    still: list[Mapping[str, Any]] = told.get("still_in") or []
    if still:
        cells = [[ref["kind"], ref["name"], ref["until"] or "for ever"] for ref in still]
        screen.result(table(["kind", "name", "until"], cells, title="Still in"))
        for ref in still:
            screen.say(f"  {ref['drop']}")
    if told.get("files_until"):
        screen.say(
            f"The lake bucket keeps deleted files until {told['files_until']}, for whoever may "
            "read old versions. Quarantined rows and the files that the rows came from were not "
            "searched."
        )
