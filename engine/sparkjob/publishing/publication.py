"""An output on its way into its table: staged on a branch, audited, then published."""

from __future__ import annotations

import random
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable, List, Optional, Sequence

from pyspark.sql import SparkSession

from sparkjob.audit.findings import Finding
from sparkjob.errors import ContractBroken, NotPublished
from sparkjob.evolution.prepare import prepare
from sparkjob.frames import column_differences, columns_of
from sparkjob.publishing.auditing import audit
from sparkjob.publishing.branches import Stamp
from sparkjob.publishing.iceberg import MAIN, Snapshot, commit, head, history, load, main_id
from sparkjob.publishing.staging import Output, StagedSnapshot, stage, taken_over

REMADE = 3  # times that a branch is made anew because main has moved
REPLACED_THROUGH = "sparkrail.replaced-through"
FAST_FORWARD, CHERRY_PICK, ALREADY = "fast-forward", "cherry-pick", "already"
_LONGEST_PAUSE_SECONDS = 1.0
_NOT_PICKED = ("ValidationException", "DuplicateWAPCommitException")

Phase = Callable[[str], "AbstractContextManager[None]"]


@dataclass(frozen=True)
class Published:
    """Where an output is.

    Args:
        how: `fast-forward`, `cherry-pick`, or `already`: by an earlier attempt.
        snapshot: Id of the snapshot that brought it into main.
        base: Id of main's snapshot before it. None: there was none, or it has expired.
    """

    how: str
    snapshot: int
    base: Optional[int]


class Publication:
    """One output of a run. First `stage`, then, when all outputs are staged, `publish`.

    Args:
        spark: The session.
        output: What the run brings.
        stamp: Which run.
        until: The end of the run's interval, else now.
        phase: Takes the time of a phase.

    Attributes:
        findings: What is not plausible.
        remade: How often the branch was made anew because main had moved.
    """

    def __init__(
        self, spark: SparkSession, output: Output, *, stamp: Stamp, until: datetime, phase: Phase
    ) -> None:
        self.output = output
        self.findings: List[Finding] = []
        self.remade = 0
        self._spark = spark
        self._stamp = stamp
        self._until = until
        self._phase = phase
        self._staged: Optional[StagedSnapshot] = None
        self._tried = ALREADY

    def stage(self) -> None:
        """Write the rows to a branch and audit them, unless they are published already.

        Raises:
            ContractBroken: The table or the rows do not keep the contract.
            NotPublished: The table holds a later interval, or another attempt writes as well.
        """
        with self._phase("check"):
            self._prepare()
            live = load(self._spark, self.output.table)
            own = self._own(history(self._spark, live))
            if own is not None:
                self.findings = self._seen_again(own)
                return
            self._refuse_earlier(live)
        with self._phase("write"):
            self._staged = stage(self._spark, self.output, self._stamp)
        with self._phase("check"):
            self.findings = self._audit(self._staged.id)

    def publish(self) -> Published:
        """Bring the staged rows into main; if it has moved too far for that, stage them anew.

        Raises:
            ContractBroken: On the new main the rows do not keep the contract.
            NotPublished: Main has moved each time.
        """
        for left in range(REMADE, -1, -1):
            try:
                with self._phase("publish"):
                    return commit(self._spark, self.output.table, self._publish)
            except Exception as error:  # its type depends on the version of Spark
                if not _has_moved(error):
                    raise
                if not left:
                    break
            time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))
            self.remade += 1
            self.stage()
        raise NotPublished(
            f"{self.output.table}: others committed each of the {REMADE + 1} times that this run "
            f'was about to publish, and with write = "{self.output.contract.write}" it has to '
            "begin with what they left. Nothing of it was published.\nTry again, and let fewer "
            "runs write to the table at the same time.",
            retryable=True,
        )

    def _prepare(self) -> None:
        """Make the table keep its contract; bare spark-submit has none, and changes no table."""
        table, contract = self.output.table, self.output.contract
        if "." in contract.name or not self._spark.catalog.tableExists(table):
            prepare(self._spark, table, contract)
            return
        there = columns_of(self._spark.table(table).schema)
        if told := column_differences(there, contract.columns):
            listed = "\n".join(f"  {each}" for each in told).replace("the contract", "the table")
            raise ContractBroken(
                f"{contract.name} does not have the columns of {table}:\n{listed}\n"
                "Nothing was published."
            )

    def _publish(self, transaction: Any) -> Published:  # noqa: ANN401  an object of the JVM
        """Add to a transaction: the rows into main, the branch away, what they stand for."""
        live, staged = transaction.table(), self._staged
        before = main_id(live)
        since = history(self._spark, live, until=staged.base if staged else None)
        own = self._own(since)
        if own is not None:
            if head(live, self._stamp.branch) is not None:
                transaction.manageSnapshots().removeBranch(self._stamp.branch).commit()
            return Published(self._tried, own.id, own.parent)
        if staged is None:
            raise _MainMovedError  # what an earlier attempt has published is gone again
        if head(live, staged.branch) != staged.id:
            raise taken_over(self.output.table, self._stamp)
        if int(live.schema().schemaId()) != staged.schema:
            raise _MainMovedError  # another release has changed the columns since
        self._tried = self._way(staged, before, since)
        refs = transaction.manageSnapshots()
        if self._tried == FAST_FORWARD:
            refs.fastForwardBranch(MAIN, staged.branch)
        else:
            refs.cherrypick(staged.id)
        refs.removeBranch(staged.branch).commit()
        if self.output.contract.write == "replace" and self._stamp.interval:
            properties = transaction.updateProperties()
            properties.set(REPLACED_THROUGH, self._stamp.interval).commit()
        return Published(self._tried, int(live.currentSnapshot().snapshotId()), before)

    def _way(self, staged: StagedSnapshot, main: Optional[int], since: Sequence[Snapshot]) -> str:
        if main == staged.base:
            return FAST_FORWARD
        same_key = any(self._stamp.wrote_key(each.summary) for each in since)
        if not staged.pickable or same_key:
            raise _MainMovedError
        return CHERRY_PICK

    def _own(self, snapshots: Sequence[Snapshot]) -> Optional[Snapshot]:
        return next((each for each in snapshots if self._stamp.wrote(each.summary)), None)

    def _audit(self, snapshot_id: int) -> List[Finding]:
        return audit(self._spark, self.output, snapshot_id, self._stamp, self._until).findings

    def _seen_again(self, own: Snapshot) -> List[Finding]:
        """What the attempt that published has found; it has let the rows pass."""
        try:
            return self._audit(own.id)
        except ContractBroken:
            return []

    def _refuse_earlier(self, live: Any) -> None:  # noqa: ANN401
        through, own = live.properties().get(REPLACED_THROUGH), self._stamp.interval
        if self.output.contract.write != "replace" or not (through and own and own < through):
            return
        name = self.output.contract.name
        raise NotPublished(
            f"{self.output.table} holds the interval {through}, and this run stands for an earlier "
            f'one, {own}. With write = "replace" its rows would take the place of newer ones. '
            "Nothing was published.\nTo go back to what the table was: sparkrail tables rollback "
            f'{name}\nTo keep rows of all intervals: set write = "overwrite_partitions" or "merge" '
            f"in tables/{name.replace('.', '/')}.toml.",
            retryable=False,
        )


class _MainMovedError(Exception):
    """What is staged cannot be applied to what main is now."""


def _has_moved(error: BaseException) -> bool:
    """Whether main is not what the staged snapshot can be applied to; Iceberg may be first to see.

    It refuses to cherry-pick where others have changed the same partition, or have compacted the
    files that the snapshot replaces.
    """
    refused = any(sign in str(error) for sign in _NOT_PICKED)
    return isinstance(error, _MainMovedError) or refused
