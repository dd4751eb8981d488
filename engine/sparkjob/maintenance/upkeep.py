"""One table, step by step."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Tuple

from sparkjob.contracts import Contract
from sparkjob.errors import explain
from sparkjob.maintenance.beside_writers import Busy, beside_writers
from sparkjob.maintenance.compaction import compact
from sparkjob.maintenance.delete_files import rewrite_position_deletes
from sparkjob.maintenance.expiry import expire
from sparkjob.maintenance.figures import Figures, told
from sparkjob.maintenance.manifests import rewrite_manifests
from sparkjob.maintenance.orphans import remove_orphans
from sparkjob.maintenance.retention import delete_old_rows
from sparkjob.maintenance.table import NOTHING, KeptTable

_LONGEST_REASON = 300  # characters; all of it is in the log

Step = Callable[[KeptTable, Contract], object]

STEPS: Tuple[Tuple[str, Step], ...] = (
    ("retention", delete_old_rows),
    ("compaction", compact),
    ("deletes", rewrite_position_deletes),
    ("manifests", lambda table, _: rewrite_manifests(table)),
    ("expiry", expire),
    ("orphans", remove_orphans),
)
"""In an order in which each step clears up after those before it."""


@dataclass
class Upkeep:
    """What was done to a table.

    Args:
        name: `database.table`, as contracts call it.
        steps: A sentence by step; a step with nothing to say is left out.
        before: Figures at the start. None: it did not come so far.
        after: Figures at the end. None: it did not come so far.
        seconds: Wall time by step.
        error: Why it did not get through. None: it did.
    """

    name: str
    steps: Dict[str, str] = field(default_factory=dict)
    before: Optional[Figures] = None
    after: Optional[Figures] = None
    seconds: Dict[str, float] = field(default_factory=dict)
    error: Optional[BaseException] = None

    def keep(self, table: KeptTable, contract: Contract) -> None:
        """Take every step; what stops one is for the caller, but never a writer that was faster."""
        self.before = Figures.of(table)
        for name, step in STEPS:
            started = time.monotonic()
            self._take(name, step, table, contract)
            self.seconds[name] = round(time.monotonic() - started, 3)
        self.after = Figures.of(table.again())

    def _take(self, name: str, step: Step, table: KeptTable, contract: Contract) -> None:
        try:
            said = str(beside_writers(lambda: step(table.again(), contract)))
        except Busy as busy:
            said = f"left to the next run: {busy}"
        if said:
            self.steps[name] = said

    def lines(self) -> List[str]:
        """What was done, for people."""
        lines = [self.name, *(f"  {name}: {said}" for name, said in self.steps.items())]
        if self.before and self.after:
            took = sum(self.seconds.values())
            lines.append(f"  {told(self.before, self.after)}, {took:.1f} s")
        if self.error:
            lines.append(f"  FAILED: {explain(self.error)}")
        return lines

    @property
    def gain(self) -> int:
        """How many files, manifests and snapshots are gone."""
        if self.before is None or self.after is None:
            return 0
        return self.before.parts - self.after.parts

    @property
    def why(self) -> Optional[str]:
        """Why it did not get through, so short that a report can hold it."""
        return explain(self.error)[:_LONGEST_REASON] if self.error else None

    def document(self) -> Dict[str, Any]:
        """The same as plain data."""
        return {
            "table": self.name,
            "steps": {name: said for name, said in self.steps.items() if said != NOTHING},
            "before": self.before.document() if self.before else None,
            "after": self.after.document() if self.after else None,
            "seconds": round(sum(self.seconds.values()), 1),
            "error": self.why,
        }
