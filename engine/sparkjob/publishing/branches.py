"""How a run's branch of a table is called, and how its snapshots are marked; no Spark needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Mapping, Optional

RETAIN_DAYS = 7
WAP_ID, PUBLISHED_WAP_ID = "wap.id", "published-wap-id"
_MARK = "sparkrail."


def branch_name(job: str, run_key: str, generation: int) -> str:
    """The branch of a table on which a run writes before it publishes.

    >>> branch_name("sales", "manual-20261121T063000Z", 2)
    'run_sales_manual_20261121T063000Z_2'
    """
    return re.sub(r"\W", "_", f"run_{job}_{run_key}_{generation}", flags=re.ASCII)


@dataclass(frozen=True)
class Stamp:
    """Which try of which run wrote a snapshot.

    Args:
        job: Name of the job.
        run_key: Names the run.
        generation: Counts deliberate repetitions of a finished run key.
        attempt: Counts attempts at one generation.
        interval: Key of the span of time that the run stands for. None: it has none.
    """

    job: str
    run_key: str
    generation: int
    attempt: int
    interval: Optional[str] = None

    @property
    def branch(self) -> str:
        """The branch on which the run writes."""
        return branch_name(self.job, self.run_key, self.generation)

    @property
    def wap_id(self) -> str:
        """What Iceberg publishes once and not again, the same for all attempts."""
        return f"{self._wap_key}{self.generation}"

    def properties(self) -> Dict[str, str]:
        """The properties of the run's snapshots."""
        found = {
            WAP_ID: self.wap_id,
            f"{_MARK}job": self.job,
            f"{_MARK}run-key": self.run_key,
            f"{_MARK}generation": str(self.generation),
            f"{_MARK}attempt": str(self.attempt),
        }
        return {**found, f"{_MARK}interval": self.interval} if self.interval else found

    def wrote(self, summary: Mapping[str, str]) -> bool:
        """Whether any attempt at this run and generation wrote the snapshot.

        A snapshot that Iceberg cherry-picked has lost all marks but the id that was published.
        """
        return _wap_id(summary) == self.wap_id

    def wrote_key(self, summary: Mapping[str, str]) -> bool:
        """Whether any generation of this run wrote the snapshot."""
        found = _wap_id(summary)
        return found.startswith(self._wap_key) and found[len(self._wap_key) :].isdigit()

    @property
    def _wap_key(self) -> str:
        return f"{self.job}.{self.run_key}."


def _wap_id(summary: Mapping[str, str]) -> str:
    return summary.get(WAP_ID) or summary.get(PUBLISHED_WAP_ID) or ""
