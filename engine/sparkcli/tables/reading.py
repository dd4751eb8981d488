"""Which state of its tables a query reads: now, as a run staged them, or a snapshot."""

from typing import Protocol

from pyiceberg.table import Table

from sparkcli.errors import CallError
from sparkcli.tables.names import RunName
from sparkcli.tables.snapshots import Branch, Past
from sparkcli.tables.written import counted, moment

MOST_SHOWN = 10


class Reading(Protocol):
    """Chooses a snapshot of each table that a query names."""

    def snapshot(self, name: str, table: Table) -> int | None:
        """The snapshot of a table to read. None: what it is now."""

    def check(self) -> None:
        """Called when all tables were asked for.

        Raises:
            CallError: None of them has the state that was wanted.
        """


class Now:
    """What the tables are now."""

    def snapshot(self, name: str, table: Table) -> int | None:
        """None: main."""
        return None

    def check(self) -> None:
        """Whatever a table is now is good."""


class AsStaged:
    """What a run staged on its branches; tables without such a branch are read as they are now.

    Args:
        run: The run.
    """

    def __init__(self, run: RunName) -> None:
        self._run = run
        self._others: list[str] = []
        self.read: dict[str, Branch] = {}

    def snapshot(self, name: str, table: Table) -> int | None:
        """The head of the run's branch, the newest generation's unless the run names one."""
        past = Past(table.metadata)
        branches = [ref for ref in past.refs if not ref.tag]
        mine = [ref for ref in branches if self._is_mine(ref)]
        if not mine:
            self._others += [f"{name}: {_said(ref)}" for ref in branches]
            wrote = next((each for each in past.main if self._run.wrote(each)), None)
            if wrote:
                self._others.append(
                    f"{name}: {self._run} was published as snapshot {wrote.id}; read it with "
                    f"--snapshot {wrote.id}"
                )
            return None
        newest = max(mine, key=lambda ref: (_generation(ref), ref.head.at))
        self.read[name] = newest
        return newest.head.id

    def check(self) -> None:
        """Refuse if no table has a branch of the run."""
        if self.read:
            return
        there = "\n".join(f"  {each}" for each in self._others[:MOST_SHOWN])
        raise CallError(
            f"No table of this query has a branch of {self._run}: a branch is there from the "
            "audit of a run that failed, for 7 days."
            + (f"\nThere are:\n{there}" if there else " None of them has any branch."),
            next_command=f"./sparkrail runs {self._run.job}",
        )

    def _is_mine(self, ref: Branch) -> bool:
        if ref.head.run is not None and ref.head.run.job:
            return self._run.wrote(ref.head)
        return _is_named_after(self._run, ref.name)


class At:
    """A snapshot of one of the tables; the others are read as they are now.

    Args:
        snapshot_id: Its id.
    """

    def __init__(self, snapshot_id: int) -> None:
        self._id = snapshot_id
        self._found = False
        self._known: list[str] = []

    def snapshot(self, name: str, table: Table) -> int | None:
        """The snapshot, if this table has it."""
        past = Past(table.metadata)
        if past.find(self._id) is not None:
            self._found = True
            return self._id
        self._known += [
            f"{name}: {each.id}  {moment(each.at)}  {each.by}".rstrip() for each in past.main
        ]
        return None

    def check(self) -> None:
        """Refuse if no table has the snapshot."""
        if self._found:
            return
        known = "\n".join(f"  {each}" for each in self._known[:MOST_SHOWN])
        raise CallError(
            f"No table of this query has a snapshot {self._id}, or not any more: it expired."
            + (f"\nThere are:\n{known}" if known else ""),
            next_command="./sparkrail tables list",
        )


def _said(ref: Branch) -> str:
    until = f" until {moment(ref.until)}" if ref.until else ""
    return f"{ref.name} ({counted(ref.head.rows, 'row')}){until}"


def _generation(ref: Branch) -> int:
    return ref.head.run.generation if ref.head.run else _last_number(ref.name)


def _last_number(name: str) -> int:
    tail = name.rpartition("_")[2]
    return int(tail) if tail.isdigit() else 0


def _is_named_after(run: RunName, branch: str) -> bool:
    """Whether a branch is called as that of a run; its generation counts only if it is given."""
    from sparkjob.publishing.branches import branch_name  # noqa: PLC0415

    generation = run.generation if run.generation is not None else _last_number(branch)
    return branch == branch_name(run.job, run.key, generation)
