"""What lies between contracts and tables, with the line of the contract that says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyiceberg.table import Table

from sparkcli.tables.contracts import contract_of, file_of, lines_of
from sparkcli.tables.live import live_of
from sparkcli.workspace import Workspace
from sparkjob.contracts import Contract
from sparkjob.evolution.changes import Refusal, SetProperty
from sparkjob.evolution.differences import differences
from sparkjob.evolution.live_table import DIGESTS

NEW, SAME, CHANGES, OLDER, REFUSED = "new", "same", "changes", "older", "refused"


@dataclass(frozen=True)
class Difference:
    """What the next run will do to one table, or why it cannot.

    Args:
        table: Its name.
        state: new, same, changes, older (an older release's contract: nothing changes), refused.
        changes: Column or key, and what happens to it.
        refusals: What a person must settle, with the line of the contract.
    """

    table: str
    state: str
    changes: tuple[Mapping[str, str], ...] = ()
    refusals: tuple[Mapping[str, Any], ...] = ()

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        return {
            "table": self.table,
            "state": self.state,
            "changes": [dict(each) for each in self.changes],
            "refusals": [dict(each) for each in self.refusals],
        }


def difference(workspace: Workspace, contract: Contract, table: Table | None) -> Difference:
    """Compare a contract with its table.

    Args:
        workspace: Where the contract's file is.
        contract: What the table should be.
        table: What it is. None: no run has written it yet.
    """
    if table is None:
        return Difference(contract.name, NEW)
    plan = differences(contract, live_of(table))
    changes = tuple(
        {"column": each.column, "what": each.what, "why": each.why}
        for each in plan.changes
        if not (isinstance(each, SetProperty) and each.column == DIGESTS)
    )
    if plan.refusals:
        lines = lines_of(workspace, contract.name)
        refused = tuple(_refusal(contract, each, lines) for each in plan.refusals)
        return Difference(contract.name, REFUSED, refusals=refused)
    state = OLDER if plan.older else CHANGES if changes else SAME
    return Difference(contract.name, state, changes)


def contracts_of(workspace: Workspace, name: str | None) -> list[Contract]:
    """The contract of a table, or all of them, by name."""
    names = [name] if name else sorted(workspace.project.tables)
    found = (contract_of(workspace, each) for each in names)
    return [each for each in found if each is not None]


def _refusal(
    contract: Contract, refusal: Refusal, lines: Mapping[tuple[str, ...], int]
) -> dict[str, Any]:
    column = refusal.column.partition(".")[0]
    paths = (("columns", column), (column,), ("columns",))
    path = next((each for each in paths if each in lines), None)
    return {
        "file": file_of(contract.name),
        "line": lines[path] if path else None,
        "key": ".".join(("columns", refusal.column)) if path != (column,) else refusal.column,
        "what": refusal.what,
        "why": refusal.why,
        "choices": list(refusal.choices),
    }
