"""What can be set of the laptop cloud, mostly so that tests are quick."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_SMALL_COMPUTER_GIB = 8


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How runs are run.

    Args:
        state: Folder of this laptop cloud; runs are in `runs/` below it.
        endpoint: Address of the laptop cloud.
        account: Its account.
        region: Its Region.
        launcher: What is started instead of spark-submit. Default: the real one.
        seconds_per_minute: Length of a minute of timeouts. Default: 60.
        grace_seconds: How long a cancelled run may take to end before it is killed.
        log_seconds: How often its logs are shipped.
        brokers: How many brokers a Kafka cluster has: 1 or 3.
    """

    state: Path
    endpoint: str
    account: str
    region: str
    launcher: tuple[str, ...] = ()
    seconds_per_minute: float = 60
    grace_seconds: float = 10
    log_seconds: float = 1
    brokers: int = 1

    @property
    def runs(self) -> Path:
        """Folder of the runs."""
        return self.state / "runs"

    @property
    def aws_config(self) -> Path:
        """An empty file; not /dev/null, which the AWS SDK of Spark takes for a missing one."""
        return self.state / "aws-config"


def cores() -> int:
    """How many cores a run uses: those of this computer, four at most."""
    return max(1, min(os.cpu_count() or 1, 4))


def driver_memory_mib() -> int:
    """Heap of a run on this computer: 2 GiB, or 1 GiB where there are at most 8 in all."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return 1024 if pages * size <= _SMALL_COMPUTER_GIB * 1024**3 else 2048
