"""The streaming part of the demo: orders, a crash, and every one of them counted."""

import time
from typing import Any

from sparkcli.cloud import Cloud, laptop_of
from sparkcli.commands.produce import check_topic, send_records
from sparkcli.commands.query import ask, show
from sparkcli.errors import OperationError
from sparkcli.lake_values import document_of
from sparkcli.producing.messages import Shares
from sparkcli.producing.production import Wanted
from sparkcli.producing.telling import show_checked, show_produced
from sparkcli.screen import Screen
from sparkcli.streaming.steering import make_topics, pause_stream, resume_stream
from sparkcli.workspace import Workspace

JOB, TOPIC = "sales_stream", "sales"
FAULT = "stream-after-sink"  # the table has the batch, the checkpoint does not know
RECORDS, RECORDS_UNDER_THE_FAULT = 20_000, 2_000
SHARES = Shares(bad=0.01, late=0.02, duplicates=0.01)
LONGEST_SECONDS = 180
QUESTION = """\
select country, count(*) as orders, sum(amount) as amount, max(ordered_at) as newest
from sales.orders group by country order by country"""


def start_stream(workspace: Workspace, cloud: Cloud, screen: Screen) -> None:
    """Let the topic be made and the stream start; its driver takes a while."""
    screen.say(f"\n$ ./sparkrail resume {JOB}", style="bold")
    make_topics(workspace, cloud, screen, workspace.job(JOB))
    resume_stream(cloud, JOB)


def show_stream(workspace: Workspace, cloud: Cloud, screen: Screen) -> dict[str, Any]:
    """Send orders, ask the table, kill the driver, send more, and look for every one of them.

    Raises:
        OperationError: One of them is lost, or there twice.
    """
    words = f"produce {TOPIC} --rate 0 --count {RECORDS} --bad 1% --late 2% --duplicates 1%"
    screen.say(f"\n$ ./sparkrail {words}", style="bold")
    produced = _send(workspace, cloud, screen, RECORDS)
    _look(workspace, cloud, screen)
    screen.say(f"\n$ ./sparkrail query '{QUESTION}'", style="bold")
    answer = ask(workspace, QUESTION)
    if not screen.as_json:
        show(screen, answer)
    screen.say(f"\n$ ./sparkrail break {FAULT} --job {JOB} --no-run", style="bold")
    faults = laptop_of(workspace).faults()
    faults.inject(FAULT, job=JOB, times=1)
    try:
        again = _send(workspace, cloud, screen, RECORDS_UNDER_THE_FAULT)
        screen.say(
            f"\n$ ./sparkrail produce {TOPIC} --check --wait {LONGEST_SECONDS}", style="bold"
        )
        checked = _look(workspace, cloud, screen)
        hits = sum(rule["hits"] for rule in faults.rules() if rule["name"] == FAULT)
    finally:
        faults.clear()
    show_checked(screen, checked)
    found = checked[0].comparison
    screen.result(
        f"The driver was killed {hits} times. Of {sum(found.acknowledged.values()):,} records: "
        f"lost {found.lost}, duplicated {found.duplicated}"
    )
    pause_stream(cloud, JOB)
    screen.say(f"{JOB} is paused, so that this computer rests.")
    document = {
        "produced": [produced, again],
        "answer": document_of(answer),
        "killed": hits,
        **found.as_document(),
    }
    if not found.exact:
        raise OperationError(
            f"{JOB} lost {found.lost} and duplicated {found.duplicated} records.",
            next_command=f"./sparkrail streams {JOB}{workspace.target.option}",
            document={"stream": document},
        )
    return document


def _send(workspace: Workspace, cloud: Cloud, screen: Screen, count: int) -> dict[str, Any]:
    topic = workspace.project.topics[TOPIC]
    # Another seed each time: the same orders once more are no new orders.
    wanted = Wanted(topic=topic, seed=time.time_ns(), rate=0, count=count, shares=SHARES)
    produced = send_records(screen, workspace, cloud, wanted)
    show_produced(screen, produced)
    return produced.as_document()


def _look(workspace: Workspace, cloud: Cloud, screen: Screen) -> Any:  # noqa: ANN401
    return check_topic(screen, cloud, workspace, TOPIC, wait=LONGEST_SECONDS, only=JOB)
