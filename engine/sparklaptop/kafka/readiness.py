"""When a cluster can be used: not when its ports are open, but when offsets are answered."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

_POLL_SECONDS = 0.1
_ASK_MS = 3000
# The client tells of every connection that a starting broker refuses.
_SILENT = "kafka"


def wait(bootstrap: str, nodes: int, *, seconds: float, gone: Callable[[], bool]) -> bool:
    """Wait until every node is registered and the leader of every partition answers.

    Args:
        bootstrap: The cluster's plain addresses.
        nodes: How many must be registered.
        seconds: How long at most.
        gone: Whether a broker has ended, so that waiting is in vain.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not gone():
        if _ready(bootstrap, nodes):
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _ready(bootstrap: str, nodes: int) -> bool:
    # Imported here: a tenth of a second that only clusters cost.
    from kafka import TopicPartition  # noqa: PLC0415
    from kafka.admin import KafkaAdminClient, OffsetSpec  # noqa: PLC0415
    from kafka.errors import KafkaError  # noqa: PLC0415

    logging.getLogger(_SILENT).setLevel(logging.CRITICAL)
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap.split(","), bootstrap_timeout_ms=_ASK_MS
        )
    except (KafkaError, OSError, ValueError):
        return False
    try:
        if len(admin.describe_cluster()["brokers"]) < nodes:
            return False
        latest = {
            TopicPartition(topic["name"], partition["partition_index"]): OffsetSpec.LATEST
            for topic in admin.describe_topics()
            for partition in topic["partitions"]
        }
        if latest:
            admin.list_partition_offsets(latest, timeout_ms=_ASK_MS)
    except (KafkaError, OSError):
        return False
    finally:
        admin.close()
    return True
