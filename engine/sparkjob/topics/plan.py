"""What must be done so that topics are as their contracts say, before any of it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, FrozenSet, Iterator, List, Mapping, TypeVar

from sparkjob.contracts import TopicContract

FIXED = ("cleanup.policy",)
"""Settings that MSK Serverless takes when a topic is created, and never again. (MSK developer
guide, "Configuration properties for MSK Serverless clusters".)"""

MOST_TOLD = 50
"""Topics of a kind in a report, of which the state machine reads 24,000 bytes; the log has all."""

Value = TypeVar("Value")
_NO_LIMIT = -1
_REMOVES = ("retention.bytes", "retention.ms")


@dataclass(frozen=True)
class Actual:
    """A topic as it is.

    Args:
        partitions: How many it has.
        settings: What holds of it, by Kafka's names, whether it was set or is the cluster's way.
        own: The names of those that somebody set for this topic.
    """

    partitions: int
    settings: Mapping[str, str]
    own: FrozenSet[str] = frozenset()


@dataclass
class Plan:
    """What must be done.

    Args:
        create: Contracts of topics that are not there.
        grow: How many partitions a topic gets, by its name.
        had: How many partitions these have until now.
        alter: Settings that change, by topic.
        was: What these settings are until now, by topic.
        drift: Settings that somebody made beside the contract, by topic; they are left alone.
        refused: What cannot be, in sentences.
    """

    create: List[TopicContract] = field(default_factory=list)
    grow: Dict[str, int] = field(default_factory=dict)
    had: Dict[str, int] = field(default_factory=dict)
    alter: Dict[str, Dict[str, str]] = field(default_factory=dict)
    was: Dict[str, Dict[str, str]] = field(default_factory=dict)
    drift: Dict[str, Dict[str, str]] = field(default_factory=dict)
    refused: List[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether the topics are as their contracts say."""
        return not (self.create or self.grow or self.alter or self.refused)

    def document(self) -> Dict[str, object]:
        """The plan as plain data, as much of it as a report takes."""
        create = [topic.name for topic in self.create]
        parts = (create, self.grow, self.alter, self.drift)
        return {
            "create": create[:MOST_TOLD],
            "grow": _first(self.grow),
            "alter": _first(self.alter),
            "drift": _first(self.drift),
            "more": sum(max(0, len(part) - MOST_TOLD) for part in parts),
        }

    def lines(self) -> Iterator[str]:
        """The plan for a person."""
        for topic in self.create:
            settings = ", ".join(f"{name} {value}" for name, value in topic.settings.items())
            yield f"create {topic.name}: partitions {topic.partitions}, {settings}"
        for name, partitions in self.grow.items():
            yield f"grow {name}: partitions from {self.had[name]} to {partitions}"
        for name, changes in self.alter.items():
            yield from (self._altered(name, key, value) for key, value in changes.items())
        for name, drift in self.drift.items():
            for key, value in drift.items():
                yield f"leave {key} = {value} of {name}, which its contract does not say"

    def _altered(self, topic: str, key: str, value: str) -> str:
        old = self.was[topic].get(key, "")
        line = f"alter {topic}: {key} from {old or 'nothing'} to {value}"
        return f"{line}, which removes older records" if _less(key, old, value) else line


def plan_of(topics: Mapping[str, TopicContract], actual: Mapping[str, Actual]) -> Plan:
    """Compare contracts with what is there.

    Args:
        topics: Contracts by name.
        actual: The topics that are there, by name.
    """
    plan = Plan()
    for name, topic in sorted(topics.items()):
        found = actual.get(name)
        if found is None:
            plan.create.append(topic)
        else:
            _compare(plan, topic, found)
    return plan


def _compare(plan: Plan, topic: TopicContract, found: Actual) -> None:
    file = f"topics/{topic.name}.toml"
    if topic.partitions < found.partitions:
        plan.refused.append(
            f"{topic.name} has {found.partitions} partitions, and {file} says "
            f"{topic.partitions}: a topic never gets fewer. Set partitions = {found.partitions}, "
            "or make a topic of another name."
        )
    elif topic.partitions > found.partitions:
        plan.grow[topic.name] = topic.partitions
        plan.had[topic.name] = found.partitions
    changed = {
        key: value for key, value in topic.settings.items() if found.settings.get(key) != value
    }
    for key in FIXED:
        if key in changed:
            value = found.settings.get(key)
            plan.refused.append(
                f"{topic.name} was created with {key} = {value}, and {file} says {changed[key]}: "
                "this is fixed when a topic is created. Take the change back, or make a topic of "
                "another name."
            )
    changeable = {key: value for key, value in changed.items() if key not in FIXED}
    if changeable:
        plan.alter[topic.name] = changeable
        plan.was[topic.name] = {key: found.settings.get(key, "") for key in changeable}
    drift = {key: found.settings[key] for key in sorted(found.own) if key not in topic.settings}
    if drift:
        plan.drift[topic.name] = drift


def _first(part: Mapping[str, Value]) -> Dict[str, Value]:
    return dict(list(part.items())[:MOST_TOLD])


def _less(key: str, old: str, new: str) -> bool:
    """Whether a change of a retention keeps less than before."""
    if key not in _REMOVES or not _is_whole(old):
        return False
    return int(new) != _NO_LIMIT and (int(old) == _NO_LIMIT or int(new) < int(old))


def _is_whole(text: str) -> bool:
    return text.lstrip("-").isdigit()
