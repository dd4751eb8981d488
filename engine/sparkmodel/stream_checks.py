"""What a stream needs of the contracts that it reads and writes, and of its environment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from sparkmodel.environment import Environment
from sparkmodel.job import Job
from sparkmodel.problems import Finding, listed, nearest
from sparkmodel.state_memory import state_memory_findings
from sparkmodel.table import Table
from sparkmodel.table_checks import OF_EACH_ROW, Check
from sparkmodel.topic import MOST_PARTITIONS, Topic

WRITES_OF_STREAMS = ("append", "merge")
"""How a stream may write: a micro-batch knows neither the whole table nor a whole partition."""

MOST_COMPACTED_PARTITIONS = 120
"""Partitions of a cluster whose topics have `cleanup = "compact"`. (MSK Serverless quotas.)"""

_SHOWN = 5


def part_of(job: Job, environment: Environment) -> bool:
    """Whether a job is part of an environment: without brokers no stream is.

    Args:
        job: Of any kind.
        environment: Says whether it has brokers.
    """
    return environment.kafka.mode != "none" or not job.needs_brokers


def stream_findings(
    job: Job, tables: Mapping[str, Table], topics: Collection[str]
) -> Iterator[Finding]:
    """Say what a stream cannot do with its topic, its table and its memory; nothing of other jobs.

    Args:
        job: Of any kind.
        tables: Contracts by name; one that is missing is told elsewhere.
        topics: Names of the topics that have a contract.
    """
    if job.stream is None:
        return
    for name, each in job.inputs.items():
        if each.topic is not None and each.topic not in topics:
            yield _no_contract(("inputs", name, "topic"), each.topic, topics)
    for name, output in job.outputs.items():
        if table := tables.get(output.table):
            yield from _of_output(("outputs", name, "table"), table)
    yield from state_memory_findings(job)


def broker_findings(job: Job, environment: Environment) -> Iterator[Finding]:
    """Say if a job needs brokers that its environment does not have.

    Args:
        job: Of any kind.
        environment: Where it is to run.
    """
    if not part_of(job, environment):
        yield Finding(
            path=("kind",),
            text=(
                f"needs Kafka, and {environment.name} has none. Set kafka.mode = "
                f'"serverless" in config/{environment.name}.toml.'
            ),
        )


def topic_findings(
    topics: Mapping[str, Topic], environment: Environment
) -> Iterator[tuple[str, Finding]]:
    """Say which topics belong to no team of an environment with brokers, or are too many.

    Args:
        topics: Contracts by name.
        environment: Where they are made.
    """
    if environment.kafka.mode == "none":
        return
    for name, topic in topics.items():
        if topic.owner not in environment.teams:
            yield name, _unknown_owner(topic.owner, environment)
    yield from _too_many(topics.values(), MOST_PARTITIONS, "")
    compacted = [topic for topic in topics.values() if topic.cleanup == "compact"]
    yield from _too_many(compacted, MOST_COMPACTED_PARTITIONS, 'with cleanup = "compact" ')


def _too_many(topics: Iterable[Topic], most: int, what: str) -> Iterator[tuple[str, Finding]]:
    by_size = sorted(topics, key=lambda topic: (-topic.partitions, topic.name))
    total = sum(topic.partitions for topic in by_size)
    if total > most:
        shown = by_size[:_SHOWN]
        told = listed(f"{topic.name} {topic.partitions}" for topic in shown)
        more = ", ..." if len(by_size) > len(shown) else ""
        text = (
            f"is too much with the others: topics {what}may have {most} partitions together in a "
            f"cluster of MSK Serverless, these have {total} ({told}{more})."
        )
        yield by_size[0].name, Finding(path=("partitions",), text=text)


def _no_contract(path: tuple[str | int, ...], topic: str, topics: Collection[str]) -> Finding:
    near = nearest(topic, topics)
    known = f" Topics: {listed(sorted(topics))}." if topics and near is None else ""
    text = f"has no contract: topics/{topic}.toml does not exist.{known}"
    return Finding(path=path, text=text, nearest=near)


def _of_output(path: tuple[str | int, ...], table: Table) -> Iterator[Finding]:
    if table.write not in WRITES_OF_STREAMS:
        text = (
            f'is written with "{table.write}" by its contract, and a stream only ever brings a few '
            f'rows at a time. Set write = "append", or "merge" with a key, in {_file(table)}.'
        )
        yield Finding(path=path, text=text)
    others = [check for check in table.checks if check.kind not in OF_EACH_ROW]
    if others:
        told = listed(_said(check) for check in others)
        text = (
            f"has checks of a whole run, and a stream has no runs: {told}. Its checks can be min "
            f"and max, accepted and not_null of a column. Take the others out of {_file(table)}, "
            "or put them on a table that a batch job makes from this one."
        )
        yield Finding(path=path, text=text)
    borne = [check for check in table.checks if check.kind in OF_EACH_ROW and check.share]
    if borne:
        text = (
            f"has checks with a share ({listed(_said(check) for check in borne)}), and a stream "
            "has no whole of which it would be one: each row that breaks a check goes to "
            f"quarantine. Take share out of {_file(table)}; the limit is run.quarantine_percent."
        )
        yield Finding(path=path, text=text)


def _said(check: Check) -> str:
    return check.name or check.kind


def _file(table: Table) -> str:
    return f"tables/{table.database}/{table.table}.toml"


def _unknown_owner(owner: str, environment: Environment) -> Finding:
    return Finding(
        path=("owner",),
        text=(
            f"is not a team of {environment.name}. Teams: "
            f"{listed(sorted(environment.teams)) or 'none'}. A new one is a table "
            f"[teams.{owner}] in config/{environment.name}.toml."
        ),
        nearest=nearest(owner, environment.teams),
    )
