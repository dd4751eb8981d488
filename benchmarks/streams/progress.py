"""How far a stream is and when it came there, from the files of its checkpoint: any stream's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.streams.topic import Sent

_POLL_SECONDS = 0.1


class Progress:
    """The checkpoint of a stream of one topic.

    Args:
        checkpoint: Its folder.
        topic: Name of the topic.
    """

    def __init__(self, checkpoint: Path, topic: str) -> None:
        self._checkpoint, self._topic = checkpoint, topic

    def committed(self) -> dict[int, float]:
        """When each micro-batch was done, in seconds since 1970."""
        return _times(self._checkpoint / "commits")

    def begun(self) -> float:
        """When the first micro-batch that is still known was planned."""
        return min(_times(self._checkpoint / "offsets").values())

    def read(self) -> int:
        """Records up to the newest micro-batch that is done."""
        done = self.committed()
        return sum(self._ends(max(done)).values()) if done else 0

    def wait_for(self, records: int, alive: Callable[[], object], seconds: float = 900) -> float:
        """Wait until so many are read; when that was.

        Raises:
            TimeoutError: They are not in time, or the driver is not alive.
        """
        until = time.monotonic() + seconds
        while self.read() < records:
            if time.monotonic() > until or not alive():
                raise TimeoutError(f"{self.read():,} of {records:,} records were read")
            time.sleep(_POLL_SECONDS)
        return max(self.committed().values())

    def latencies(self, sent: Sequence[Sent]) -> list[float]:
        """Seconds from the send of each record to the end of its micro-batch, sorted."""
        done = self.committed()
        ends = [(done[number], self._ends(number)) for number in sorted(done)]
        return sorted(
            next(at for at, end in ends if end.get(each.partition, 0) > each.offset) - each.at
            for each in sent
        )

    def _ends(self, number: int) -> dict[int, int]:
        text = (self._checkpoint / "offsets" / str(number)).read_text()
        found = json.loads(text.splitlines()[-1])[self._topic]
        return {int(partition): int(offset) for partition, offset in found.items()}


def _times(folder: Path) -> dict[int, float]:
    if not folder.is_dir():
        return {}
    return {
        int(each.name): each.stat().st_mtime for each in folder.iterdir() if each.name.isdigit()
    }
