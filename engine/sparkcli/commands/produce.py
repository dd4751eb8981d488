"""`sparkrail produce`: records of a topic, with faults of a known number, and where they went."""

import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.bringup import bring_up
from sparkcli.cloud import Cloud, connect
from sparkcli.errors import INTERRUPTED, CallError, OperationError, unknown
from sparkcli.screen import Screen, Stopwatch
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.producing.check import Checked
    from sparkcli.producing.messages import Shares
    from sparkcli.producing.production import Produced, Wanted
    from sparkmodel import Topic

PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%?")
WHOLE = 100.0


def produce(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="File name under topics/.")],
    *,
    rate: Annotated[
        int, typer.Option(min=0, help="Records a second; 0: as fast as it goes.")
    ] = 100,
    count: Annotated[
        int | None, typer.Option(min=1, help="How many. Default: until Ctrl-C.")
    ] = None,
    bad: Annotated[
        str, typer.Option(metavar="PERCENT", help="How many are no records: 1%. Default: none.")
    ] = "0",
    late: Annotated[
        str, typer.Option(metavar="PERCENT", help="How many are two hours old. Default: none.")
    ] = "0",
    duplicates: Annotated[
        str, typer.Option(metavar="PERCENT", help="How many are sent again. Default: none.")
    ] = "0",
    seed: Annotated[
        int | None, typer.Option(help="The same seed, the same records. Default: another each time")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Send nothing: look for all that was sent.")
    ] = False,
    wait: Annotated[
        int, typer.Option(min=0, help="With --check: longest wait for what is missing, in seconds.")
    ] = 0,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Send records to TOPIC and note each answer; with --check, find every one of them again."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    contract = _topic(workspace, topic)
    workspace.require_kafka()
    if check:
        checked = check_topic(screen, connect(workspace), workspace, topic, wait=wait)
        _end_check(screen, workspace, topic, checked)
        return
    # They need botocore and Kafka's client.
    from sparkcli.producing.production import Wanted  # noqa: PLC0415
    from sparkcli.producing.telling import show_produced  # noqa: PLC0415

    wanted = Wanted(
        topic=contract,
        seed=secrets.randbits(32) if seed is None else seed,
        rate=rate,
        count=count,
        shares=_shares(bad, late, duplicates, contract),
    )
    produced = send_records(screen, workspace, _cloud(workspace, screen), wanted)
    show_produced(screen, produced)
    screen.document(produced.as_document())
    option = workspace.target.option
    screen.next(f"produce {topic} --check --wait 120{option}", "where each of them went")
    if produced.interrupted:
        raise typer.Exit(INTERRUPTED)


def send_records(
    screen: Screen, workspace: Workspace, cloud: Cloud, wanted: "Wanted"
) -> "Produced":
    """Send records, with a line of progress; Ctrl-C ends it cleanly."""
    from sparkcli.producing.production import Production  # noqa: PLC0415

    name = wanted.topic.name
    screen.say(f"Sending to {name}, seed {wanted.seed}. {_until(wanted.count)}")
    with screen.live(f"Sending to {name}") as tell:
        return Production(workspace, cloud, wanted).run(tell)


def check_topic(
    screen: Screen, cloud: Cloud, workspace: Workspace, topic: str,
    *, wait: int, only: str | None = None,
) -> "list[Checked]":  # fmt: skip
    """Compare what was sent to a topic with the tables of its streams.

    Raises:
        CallError: Nothing was sent from here, or no stream reads the topic.
    """
    from sparkcli.producing.check import Check  # noqa: PLC0415
    from sparkcli.producing.journal import SUFFIX, folder  # noqa: PLC0415

    option = workspace.target.option
    if not list(folder(workspace, topic).glob(f"*{SUFFIX}")):
        raise CallError(
            f"Nothing was sent to {topic} from this checkout, so there is nothing to look for.",
            next_command=f"./sparkrail produce {topic} --count 1000{option}",
        )
    asked = Check(workspace, cloud, topic)
    if not asked.streams:
        raise CallError(
            f"No stream of {workspace.environment.name} that reads {topic} was ever started.",
            next_command=f"./sparkrail streams{option}",
        )
    with screen.live("Looking for what was sent") as tell:
        return asked.until_complete(
            only, seconds=wait, tell=lambda found: tell(f"{_missing(found):,} are not there yet")
        )


def _end_check(screen: Screen, workspace: Workspace, topic: str, checked: "list[Checked]") -> None:
    from sparkcli.producing.telling import differences, show_checked  # noqa: PLC0415

    show_checked(screen, checked)
    document: dict[str, Any] = {
        "topic": topic,
        "streams": [
            {"stream": one.stream, "table": one.table, **one.comparison.as_document()}
            for one in checked
        ],
    }
    wrong = [one for one in checked if not one.comparison.exact]
    option = workspace.target.option
    if wrong:
        raise OperationError(
            f"{wrong[0].stream}: {differences(wrong[0])}. A stream that has not read all "
            "of them yet lacks some: --wait SECONDS waits for them.",
            next_command=f"./sparkrail streams {wrong[0].stream}{option}",
            document=document,
        )
    screen.document(document)
    screen.next(f"streams{option}")


def _missing(found: "list[Checked]") -> int:
    return sum(one.comparison.lost or 0 for one in found)


def _topic(workspace: Workspace, name: str) -> "Topic":
    topics: Mapping[str, Topic] = workspace.project.topics
    if name not in topics:
        raise unknown("topic", name, topics, where="in topics/")
    return topics[name]


def _cloud(workspace: Workspace, screen: Screen) -> Cloud:
    if workspace.target.on_laptop:
        return bring_up(workspace, screen, Stopwatch()).cloud
    return connect(workspace)


def _until(count: int | None) -> str:
    return "Ctrl-C ends it." if count is None else f"{count:,} records."


def _shares(bad: str, late: str, duplicates: str, topic: "Topic") -> "Shares":
    from sparkcli.producing.messages import Shares  # noqa: PLC0415

    shares = Shares(
        bad=_share("--bad", bad), late=_share("--late", late),
        duplicates=_share("--duplicates", duplicates),
    )  # fmt: skip
    if shares.bad + shares.late + shares.duplicates > 1:
        raise CallError("--bad, --late and --duplicates are more than 100 % together.")
    if shares.late and not any(c.type.startswith("timestamp") for c in topic.columns.values()):
        raise CallError(
            f"--late: {topic.name} has no column of type timestamp, so no record of it is late.",
            next_command=f"./sparkrail produce {topic.name}",
        )
    return shares


def _share(option: str, text: str) -> float:
    found = PERCENT.fullmatch(text.strip())
    if not found or float(found[1]) > WHOLE:
        raise CallError(f'{option} "{text}" is no share. Write percent, 0 to 100: {option} 1%')
    return float(found[1]) / WHOLE
