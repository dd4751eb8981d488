"""`sparkrail tables rollback`: a table as it was, and who has to know."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.cloud import Cloud, connect
from sparkcli.consent import ask
from sparkcli.errors import CallError, OperationError
from sparkcli.laptop_door import now as now_in
from sparkcli.screen import Screen, Stopwatch, facts, table
from sparkcli.tables.argument import TableArgument
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.tables.downstream import Reader
    from sparkcli.tables.rollback import Rollback
    from sparkcli.tables.written import Written

MOST_SHOWN = 20


def rollback(
    name: TableArgument,
    *,
    to: Annotated[
        str | None,
        typer.Option(metavar="SNAPSHOT|JOB/KEY|TAG", help="The state to go to, as this left it."),
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="JOB/KEY", help="The state before this run.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Set TABLE back to an earlier state in one commit; what goes away is shown first."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    if (to is None) == (before is None):
        raise CallError(
            "Say where to: --to SNAPSHOT, --to JOB/KEY, or --before JOB/KEY.",
            next_command=f"./sparkrail tables history {name}",
        )
    cloud = connect(workspace)
    made, told = _roll_back(screen, workspace, cloud, name, to=to, before=before, yes=yes)
    document = {**made.as_document(), **told}
    if told["not_told"]:
        raise OperationError(
            f"{name} is rolled back, but {told['not_told']}",
            next_command=f"./sparkrail tables history {name}",
            document=document,
        )
    screen.document(document)
    option = workspace.target.option
    again = [run for run in made.undone_runs if run.job]
    if again:
        screen.say(
            "Fixed what was wrong? The same key runs once more, as its next generation; "
            f"./sparkrail tables rollback {name} --to {made.tag}{option} takes this back."
        )
        screen.next(f"rerun {again[0].name}{option}")
    else:
        screen.next(f"tables history {name}{option}")


def _roll_back(
    screen: Screen, workspace: Workspace, cloud: Cloud, name: str,
    *, to: str | None, before: str | None, yes: bool,
) -> "tuple[Rollback, dict[str, Any]]":  # fmt: skip
    from sparkcli.tables.catalog import Tables  # noqa: PLC0415  half a second of pyiceberg
    from sparkcli.tables.downstream import as_documents, readers  # noqa: PLC0415
    from sparkcli.tables.rollback import Rollback, make  # noqa: PLC0415
    from sparkcli.tables.snapshots import Past  # noqa: PLC0415
    from sparkcli.tables.targets import state_before, state_to  # noqa: PLC0415
    from sparkcli.tables.written import counted  # noqa: PLC0415

    with screen.progress("Reading"):
        loaded = Tables.of(cloud, workspace).load(name)
        past = Past(loaded.metadata)
        target = state_to(past, name, to) if to else state_before(past, name, str(before))
        planned = Rollback.plan(name, past, target)
        since = min((each.at for each in (*planned.undone, *planned.again)), default=target.at)
        behind = readers(workspace, cloud, name, since=since)
    _show(screen, planned)
    _show_under_way(screen, past, planned)
    _show_readers(screen, name, behind, workspace.target.option)
    if not yes:
        ask(screen, f"Roll {name} back to {target.id}?", planned.as_document())
    watch = Stopwatch()
    contract = workspace.project.tables.get(name)
    make(loaded, planned, replaces=contract is not None and contract.write == "replace")
    seconds = watch.total()
    rows = counted(target.rows, "row")
    screen.result(f"{name} is at {target.id} again: {rows}. It took {seconds:.1f} s.")
    if planned.tag:
        screen.say(f"What it was is kept as the tag {planned.tag} for 7 days.")
    not_told = _tell(cloud, planned)
    told = {"downstream": as_documents(behind), "seconds": seconds, "not_told": not_told}
    return planned, told


def _show(screen: Screen, planned: "Rollback") -> None:
    pairs = {"Table": planned.table, "Now": planned.head, "Then": planned.target}
    screen.result(facts(pairs))
    for title, states in (("Goes away", planned.undone), ("Comes again", planned.again)):
        if states:
            screen.result(_states(title, states))
            if len(states) > MOST_SHOWN:
                screen.say(f"and {len(states) - MOST_SHOWN} more")


def _states(title: str, states: "tuple[Written, ...]") -> object:
    from sparkcli.tables.written import moment  # noqa: PLC0415

    columns = ["snapshot", "when", "run", "operation", "added", "removed"]
    rows = [
        [str(each.id), moment(each.at), each.by, each.operation, each.added, each.removed]
        for each in states[:MOST_SHOWN]
    ]
    return table(columns, rows, title=f"\n{title}")


def _show_under_way(screen: Screen, past: Any, planned: "Rollback") -> None:  # noqa: ANN401
    """Name runs that are staged on top of what goes away."""
    gone = {each.id for each in planned.undone}
    for ref in past.refs:
        if not ref.tag and any(each.id in gone for each in past.line(ref.head.id)):
            screen.say(
                f"The branch {ref.name} was made from what goes away. If its run is under way, it "
                "notices before it publishes.",
                style="yellow",
            )


def _show_readers(screen: Screen, name: str, behind: "list[Reader]", option: str) -> None:
    for reader in behind:
        if not reader.keys:
            screen.say(f"{reader.job} reads it; it has not run since.")
            continue
        count = len(reader.keys)
        times = f"{count} time{'s' * (count > 1)}"
        screen.say(f"{reader.job} reads it and ran {times} since. When {name} is right again:")
        for key in reader.keys[:MOST_SHOWN]:
            screen.say(f"  ./sparkrail rerun {reader.job}/{key}{option}")
        if count > MOST_SHOWN:
            screen.say(f"  and {count - MOST_SHOWN} more: ./sparkrail runs {reader.job}{option}")


def _tell(cloud: Cloud, made: "Rollback") -> str:
    """Tell ledger and bus; why that failed, or nothing. The table is rolled back either way."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from sparkcli.tables.telling import announce, record  # noqa: PLC0415
    from sparkcli.tables.written import moment  # noqa: PLC0415

    at = moment(now_in(cloud))
    try:
        record(cloud, made, at)
    except (BotoCoreError, ClientError) as error:
        return f"the ledger was not told: {error}"
    try:
        refused = announce(cloud, made, at)
    except (BotoCoreError, ClientError) as error:
        refused = str(error)
    return f"nobody was told by an event: {refused}" if refused else ""
