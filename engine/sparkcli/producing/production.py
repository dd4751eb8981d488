"""One production: records made, sent, answered, noted."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kafka import KafkaProducer
from kafka.errors import AuthorizationError, KafkaError, KafkaTimeoutError

from sparkcli.cloud import Cloud
from sparkcli.errors import OperationError
from sparkcli.producing.brokers import Brokers, brokers
from sparkcli.producing.generator import generator
from sparkcli.producing.journal import Journal, new_path
from sparkcli.producing.messages import Kind, Shares, messages
from sparkcli.producing.sending import Client, Sending
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkmodel import Topic

PATIENCE_MS = 20_000  # for brokers that do not answer, and for a topic that is not there
LINGER_MS = 20  # records that come together are sent together
SILENT = "kafka"  # the client's own log, which tells of every connection


@dataclass(frozen=True)
class Wanted:
    """What to send.

    Args:
        topic: Its contract.
        seed: What everything is drawn from.
        rate: Records a second; 0: as fast as it goes.
        count: How many; None: until Ctrl-C.
        shares: How many of which kind.
    """

    topic: "Topic"
    seed: int
    rate: int
    count: int | None
    shares: Shares


@dataclass(frozen=True)
class Produced:
    """What was sent, and what the brokers said.

    Args:
        topic: Where to.
        seed: What everything was drawn from.
        acknowledged: Records by kind.
        unknown: Records without an answer.
        seconds: How long it took.
        journal: The file with each of them.
        interrupted: Whether Ctrl-C ended it.
    """

    topic: str
    seed: int
    acknowledged: Mapping[str, int]
    unknown: int
    seconds: float
    journal: Path
    interrupted: bool

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        return {**vars(self), "journal": str(self.journal)}


@dataclass(frozen=True)
class Production:
    """Sends what is wanted to the brokers of a cloud.

    Args:
        workspace: Whose journals.
        cloud: Whose brokers.
        wanted: What to send.
    """

    workspace: Workspace
    cloud: Cloud
    wanted: Wanted

    def run(self, tell: Callable[[str], None]) -> Produced:
        """Send all of it; Ctrl-C ends it when what was sent has an answer.

        Args:
            tell: Called with a line of progress, often.

        Raises:
            OperationError: The brokers cannot be reached, or refuse.
        """
        wanted, began = self.wanted, time.monotonic()
        form, records = generator(self.workspace.root, wanted.topic, wanted.seed)
        path = new_path(self.workspace, wanted.topic.name, datetime.now(UTC))
        there = brokers(self.workspace, self.cloud)
        interrupted = False
        with self._told(there), _client(there) as client, Journal(path, self._about()) as journal:
            sending = Sending(
                client, wanted.topic.name, journal, lambda now: tell(_line(now, began))
            )
            try:
                sending.run(
                    messages(records, form, wanted.shares, wanted.seed),
                    rate=wanted.rate,
                    count=wanted.count,
                )
            except KeyboardInterrupt:
                interrupted = True
        return Produced(
            topic=wanted.topic.name,
            seed=wanted.seed,
            acknowledged={kind.value: journal.acknowledged[kind] for kind in Kind},
            unknown=sending.open + journal.unknown,
            seconds=round(time.monotonic() - began, 1),
            journal=path,
            interrupted=interrupted,
        )

    def _about(self) -> dict[str, Any]:
        wanted = self.wanted
        return {
            "topic": wanted.topic.name,
            "seed": wanted.seed,
            "rate": wanted.rate,
            "count": wanted.count,
            "shares": vars(wanted.shares),
            "began": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }

    @contextmanager
    def _told(self, there: Brokers) -> Iterator[None]:
        """Let what Kafka refuses become a sentence."""
        topic = self.wanted.topic
        try:
            yield
        except AuthorizationError as error:
            raise OperationError(
                f"The brokers let {self.cloud.caller_arn} not write to {topic.name}: {error}. A "
                "producer needs kafka-cluster:Connect and WriteDataIdempotently on the cluster, "
                "DescribeTopic and WriteData on the topic.",
            ) from None
        except KafkaTimeoutError as error:
            raise OperationError(
                f"{topic.name} cannot be written to: {error}. Either the topic is not there yet "
                f"(topics_{topic.owner} makes it), or {there.addresses} cannot be reached from "
                "here: MSK Serverless answers inside its VPC only.",
                next_command=f"./sparkrail run topics_{topic.owner}{self.workspace.target.option}",
            ) from None
        except (KafkaError, OSError) as error:
            raise OperationError(
                f"The brokers {there.addresses} did not take it: {type(error).__name__}: {error}"
            ) from None


@contextmanager
def _client(there: Brokers) -> Iterator[Client]:
    logging.getLogger(SILENT).setLevel(logging.CRITICAL)
    client = KafkaProducer(
        **there.settings,
        acks="all",
        linger_ms=LINGER_MS,
        allow_auto_create_topics=False,
        max_block_ms=PATIENCE_MS,
        bootstrap_timeout_ms=PATIENCE_MS,
    )
    try:
        yield client
    finally:
        with contextlib.suppress(KafkaError):
            client.close(timeout=1)


def _line(sending: Sending, began: float) -> str:
    answered = sending.journal.acknowledged.total()
    seconds = max(time.monotonic() - began, 0.001)
    return f"{answered:,} acknowledged, {sending.open:,} on their way, {answered / seconds:,.0f}/s"
