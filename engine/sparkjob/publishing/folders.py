"""An output that is a folder of Parquet files, as bare spark-submit writes it."""

from __future__ import annotations

from datetime import datetime
from typing import List

from sparkjob.audit.examine import Staged, examine
from sparkjob.audit.findings import Finding
from sparkjob.frames import few_files
from sparkjob.publishing.publication import Phase
from sparkjob.publishing.staging import Output


class Folder:
    """An output that has no table: examined, then written over what is there.

    Args:
        output: What the run brings; its table is a path.
        until: The end of the run's interval, else now.
        phase: Takes the time of a phase.

    Attributes:
        findings: What is not plausible.
    """

    def __init__(self, output: Output, *, until: datetime, phase: Phase) -> None:
        self.output = output
        self.findings: List[Finding] = []
        self._until = until
        self._phase = phase

    def stage(self) -> None:
        """Examine the rows.

        Raises:
            ContractBroken: They do not keep the contract.
        """
        with self._phase("check"):
            staged = Staged(self.output.frame, None, self._until)
            self.findings = examine(staged, self.output.contract, self.output.name).findings

    def publish(self) -> None:
        """Write them."""
        with self._phase("publish"):
            rows = few_files(self.output.frame, self.output.rows)
            rows.write.mode("overwrite").parquet(self.output.table)
