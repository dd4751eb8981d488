"""The page that documents a topic: its contract in words, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sparkmodel.pages import codes, columns_table, count, facts, paragraph, section, sensitive
from sparkmodel.topic import FOR_EVER, Topic

_CLEANUP = {
    "delete": "`delete`: old records are removed",
    "compact": "`compact`: of each key the last record stays",
}
_HOURS_OF_A_DAY = 24


def topic_page(topic: Topic, *, streams: Iterable[str] = ()) -> str:
    """Write the page of a topic.

    Args:
        topic: Its contract.
        streams: Names of the streams that read it. Default: none do.
    """
    lines = [
        f"# {topic.name}",
        *paragraph(topic.description),
        *facts(_facts(topic, sorted(streams))),
        *columns_table(topic.columns),
        *section("Who may read", _readers(topic)),
    ]
    return "\n".join(lines) + "\n"


def _facts(topic: Topic, streams: Sequence[str]) -> Mapping[str, str]:
    return {
        "owner": topic.owner,
        "partitions": f"{topic.partitions:,}",
        "records stay": _stay(topic),
        "largest record": f"{topic.max_message_mib} MiB",
        "cleanup": _CLEANUP[topic.cleanup],
        "read by": codes(streams),
    }


def _stay(topic: Topic) -> str:
    hours = topic.retention_hours
    whole_days = hours % _HOURS_OF_A_DAY == 0
    told = count(hours // _HOURS_OF_A_DAY, "day") if whole_days else count(hours, "hour")
    age = "for ever" if hours == FOR_EVER else told
    if topic.retention_gb == FOR_EVER:
        return age
    return f"{age}, and at most {topic.retention_gb:,} GiB of a partition"


def _readers(topic: Topic) -> Iterator[str]:
    yield (
        f'A streaming job that names the topic as its input, `{{ topic = "{topic.name}" }}`: its '
        "role gets the right to read this topic with the next deploy. Nothing else is needed."
    )
    yield from sensitive(topic.columns)
