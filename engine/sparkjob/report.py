"""What a run did, as one JSON document: docs/contracts/report.schema.json."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Iterator, List, Optional

from sparkjob.accounting import Counts, look_at
from sparkjob.arguments import Arguments
from sparkjob.audit.findings import Finding
from sparkjob.errors import explain, is_retryable
from sparkjob.intervals import Interval

FORMAT = 1


@dataclass
class Report:
    """A report under construction; `document` is what is written.

    Args:
        arguments: What the run was told.
        counts: What became of the rows that were read. None: not known yet.
        inputs: Location and number of files by input; files is None for a table.
        outputs: Table, rows, how it was published, snapshot id and that of main before by output;
            the last three are None for a path.
        interval: The span of time that the run stands for. None: the job has none.
        batches: By input, of those that read listed files: where the lists are, how many files
            they name, and their bytes.
        suspicious: What is not plausible.
        quarantine: How a person names the table or path of refused rows. None: not known yet.
        seconds: Wall time by phase.
        error: Why the run failed. None: it did not.
        maintenance: What a maintenance job did. None: the run is no maintenance.
        topics: What a topics job planned and did. None: the run is none of these.
    """

    arguments: Arguments
    counts: Optional[Counts] = None
    inputs: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    outputs: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    interval: Optional[Interval] = None
    batches: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    suspicious: List[Finding] = field(default_factory=list)
    quarantine: Optional[str] = None
    seconds: Dict[str, float] = field(default_factory=dict)
    error: Optional[BaseException] = None
    maintenance: Optional[Dict[str, Any]] = None
    topics: Optional[Dict[str, Any]] = None
    _total: float = 0.0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time that a block takes to a phase; a phase inside it counts for itself."""
        started, others = time.monotonic(), self._total
        try:
            yield
        finally:
            inside = self._total - others
            self._spend(name, time.monotonic() - started - inside)

    def _spend(self, name: str, seconds: float) -> None:
        self._total += seconds
        self.seconds[name] = round(self.seconds.get(name, 0.0) + seconds, 3)

    @property
    def file_name(self) -> str:
        """The name under which the state machine looks for the report."""
        told = self.arguments
        return f"{told.run_key}-{told.generation}-{told.attempt}.json"

    def document(self) -> Dict[str, Any]:
        """The report as plain data."""
        told = self.arguments
        return {
            "format": FORMAT,
            "job": told.job,
            "run_key": told.run_key,
            "generation": told.generation,
            "attempt": told.attempt,
            "by": told.by,
            "interval": self._interval(),
            "state": "FAILED" if self.error else "SUCCEEDED",
            "rows": self._rows(),
            "inputs": self.inputs,
            "batches": self.batches,
            "outputs": self.outputs,
            "suspicious": [asdict(finding) for finding in self.suspicious],
            "seconds": self.seconds,
            "error": self._error(),
            **({"maintenance": self.maintenance} if self.maintenance is not None else {}),
            **({"topics": self.topics} if self.topics is not None else {}),
        }

    def to_json(self) -> str:
        """The report as JSON."""
        return json.dumps(self.document(), indent=1)

    def lines(self) -> List[str]:
        """The report for a person: the accounts, where the rows went, what is suspicious."""
        told = self.arguments
        tried = f"generation {told.generation}, attempt {told.attempt}"
        lines = [f"{told.job} {told.run_key} ({tried})"]
        if self.interval:
            start, end = self.interval.start.isoformat(), self.interval.end.isoformat()
            lines.append(f"  interval {start} to {end}")
        for name, batch in self.batches.items():
            lines.append(f"  {name}: {batch['files']:,} files listed in {batch['location']}")
        if self.counts:
            lines.append(f"  {self.counts}")
        if self.counts and self.counts.quarantined and self.quarantine:
            lines.append(f"  quarantined rows are in {self.quarantine}: {look_at(self.quarantine)}")
        for name, output in self.outputs.items():
            snapshot = f" (snapshot {output['snapshot_id']})" if output["snapshot_id"] else ""
            lines.append(f"  {name}: {output['rows']:,} rows in {output['table']}{snapshot}")
        lines += [f"  suspicious: {finding}" for finding in self.suspicious]
        return lines

    def _interval(self) -> Optional[Dict[str, str]]:
        if self.interval is None:
            return None
        start, end = self.interval.start.isoformat(), self.interval.end.isoformat()
        return {"key": self.interval.key, "start": start, "end": end}

    def _rows(self) -> Optional[Dict[str, int]]:
        if self.counts is None:
            return None
        written = sum(output["rows"] for output in self.outputs.values())
        return {**asdict(self.counts), "written": written}

    def _error(self) -> Optional[Dict[str, Any]]:
        if self.error is None:
            return None
        return {
            "type": type(self.error).__name__,
            "message": explain(self.error),
            "retryable": is_retryable(self.error),
        }
