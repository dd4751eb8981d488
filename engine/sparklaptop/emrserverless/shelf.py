"""Applications and job runs as rows."""

from __future__ import annotations

from typing import Any

from sparklaptop.emrserverless.runs import JobRun
from sparklaptop.state.rows import Rows

CUT_OFF = "the laptop cloud was stopped while it ran"
_APPLICATION, _RUN = "application", "job run"


class Shelf:
    """Keeps applications and their runs.

    Args:
        rows: Where to.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def keep_application(self, identity: str, content: dict[str, Any]) -> None:
        """Keep an application as it is now."""
        self._rows.put(_APPLICATION, identity, content)

    def keep_run(self, run: JobRun) -> None:
        """Keep a run as it is now."""
        application = run.application["applicationId"]
        key = f"{application}/{run.created_at.isoformat()}/{run.id}"
        self._rows.put(_RUN, key, run)

    def applications(self) -> list[dict[str, Any]]:
        """What was kept of all applications."""
        return [content for _, content in self._rows.all(_APPLICATION)]

    def runs(self, application: str) -> list[JobRun]:
        """The runs of an application, the oldest first; none of them is alive any more."""
        return [run for _, run in self._rows.under(_RUN, f"{application}/")]
