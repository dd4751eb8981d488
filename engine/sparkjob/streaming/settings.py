"""What a stream is told beside what every run is told."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Callable, Dict, Optional

CADENCE_SECONDS, MAX_OFFSETS, QUARANTINE_MINIMUM = 60, 100_000, 1000
STARTS = ("earliest", "latest")
NO_SECURITY, IAM = "none", "iam"
CLIENT_OPTIONS: Dict[str, Dict[str, str]] = {
    NO_SECURITY: {},
    IAM: {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "AWS_MSK_IAM",
        "sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
        "sasl.client.callback.handler.class": (
            "software.amazon.msk.auth.iam.IAMClientCallbackHandler"
        ),
    },
}
"""What a Kafka client is told so that it can sign in; those of IAM are AWS's own, for MSK."""


@dataclass(frozen=True)
class StreamSettings:
    """What a stream is told.

    Args:
        checkpoint: Folder of Spark's checkpoint, one for each state version.
        control: Folder of the stop marker, the report and the progress. None: there is none.
        version: Names what was deployed, eight hexadecimal digits.
        brokers: HOST:PORT, with commas between. None: no input is a topic of a broker.
        security: How a client signs in: `none` or `iam`.
        cadence_seconds: How often a micro-batch starts.
        max_offsets: Most records of a micro-batch.
        start: Where a stream begins that never ran: `earliest` or `latest`.
        state_version: Rises when the query's state changes incompatibly.
        quarantine_minimum: Records that must be read before their refused share is judged.
        once: Whether it takes what there is and ends, as in a test.
    """

    checkpoint: str
    control: Optional[str] = None
    version: str = ""
    brokers: Optional[str] = None
    security: str = NO_SECURITY
    cadence_seconds: int = CADENCE_SECONDS
    max_offsets: int = MAX_OFFSETS
    start: str = STARTS[0]
    state_version: int = 1
    quarantine_minimum: int = QUARANTINE_MINIMUM
    once: bool = False

    @property
    def client_options(self) -> Dict[str, str]:
        """What a Kafka client is told, by Kafka's names."""
        return {"bootstrap.servers": self.brokers or "", **CLIENT_OPTIONS[self.security]}


def add_stream_arguments(parser: argparse.ArgumentParser, count: Callable[[str], int]) -> None:
    """Add a stream's arguments to a job's command line.

    Args:
        parser: Of the command line.
        count: Reads a whole number from 1.
    """
    add = parser.add_argument_group("of a stream").add_argument
    add("--checkpoint", metavar="FOLDER", help="where the stream remembers how far it is")
    add("--control", metavar="FOLDER", help="stop marker, report and progress")
    add("--stream-version", default="", metavar="DIGITS", help="names what was deployed")
    add("--brokers", metavar="HOST:PORT,...", help="where the topics are")
    add("--security", choices=tuple(CLIENT_OPTIONS), default=NO_SECURITY)
    add("--cadence-seconds", type=count, default=CADENCE_SECONDS, metavar="SECONDS")
    add("--max-offsets", type=count, default=MAX_OFFSETS, metavar="RECORDS")
    add("--start", choices=STARTS, default=STARTS[0], help="where a new stream begins")
    add("--state-version", type=count, default=1, metavar="VERSION")
    add("--quarantine-minimum", type=count, default=QUARANTINE_MINIMUM, metavar="RECORDS")


def stream_settings(given: argparse.Namespace) -> Optional[StreamSettings]:
    """What the command line says of a stream; None: it says nothing of a checkpoint."""
    if given.checkpoint is None:
        return None
    return StreamSettings(
        checkpoint=given.checkpoint.rstrip("/"),
        control=given.control.rstrip("/") if given.control else None,
        version=given.stream_version,
        brokers=given.brokers,
        security=given.security,
        cadence_seconds=given.cadence_seconds,
        max_offsets=given.max_offsets,
        start=given.start,
        state_version=given.state_version,
        quarantine_minimum=given.quarantine_minimum,
    )
