"""The columns of a table on their way to its contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional

from sparkjob.column_types import parse_type
from sparkjob.contracts import Column, Contract
from sparkjob.evolution import column_refusals as refuse
from sparkjob.evolution.changes import (
    AddColumn,
    Change,
    Describe,
    Drop,
    Narrow,
    Refusal,
    Relax,
    Rename,
    Require,
    helper_name,
)
from sparkjob.evolution.compared_types import Compared, compare, in_order_of
from sparkjob.evolution.live_table import LiveColumn, LiveTable


@dataclass
class ColumnPlan:
    """What happens to columns, by the moment at which it can.

    Args:
        renames: First, for all others use the new names.
        edits: What is added, widened, described, may be null or may not.
        drops: After partition and sort order let go of them.
        narrows: Last: they write rows.
        refusals: What stands in the way.
    """

    renames: List[Rename] = field(default_factory=list)
    edits: List[Change] = field(default_factory=list)
    drops: List[Change] = field(default_factory=list)
    narrows: List[Narrow] = field(default_factory=list)
    refusals: List[Refusal] = field(default_factory=list)

    @property
    def new_names(self) -> Dict[str, str]:
        """The new name by the old one."""
        return {each.before: each.column for each in self.renames}


def plan_columns(contract: Contract, live: LiveTable) -> ColumnPlan:
    """Compare columns: by name, whatever their order, for rows are written by name."""
    return _Planner(contract, live).plan()


class _Planner:
    def __init__(self, contract: Contract, live: LiveTable) -> None:
        self._contract = contract
        self._live = live
        self._drops = {each.drop: each.reason for each in contract.migrations if each.drop}
        self._narrows = {each.narrow: each.reason for each in contract.migrations if each.narrow}
        self._there = {column.name: column for column in live.columns}
        self._found = ColumnPlan()

    def plan(self) -> ColumnPlan:
        """Look at each column of the contract, then at what else the table has."""
        taken = self._rename()
        former = {new: old for old, new in taken.items()}
        for column in self._contract.stored:
            name = former.get(column.name, column.name)
            if name in self._there and (column.name in former or name not in taken):
                self._compare(column, self._there[name])
            else:
                self._add(column)
        wanted = {column.name for column in self._contract.stored}
        for name, there in self._there.items():
            if name not in wanted and name not in taken:
                self._leftover(there)
        return self._found

    def _rename(self) -> Dict[str, str]:
        """Rename what can be.

        Returns:
            The new name by the old one.
        """
        taken: Dict[str, str] = {}
        for column in self._contract.stored:
            if not column.was or column.name in self._there or column.was not in self._there:
                continue
            if column.was not in taken and not self._is_name_refused(column, was=column.was):
                taken[column.was] = column.name
                self._found.renames.append(Rename(column.name, column.was))
        return taken

    def _add(self, column: Column) -> None:
        if any(refusal.column == column.name for refusal in self._found.refusals):
            return  # its new name was refused already
        if column.was:
            self._refuse(refuse.nothing_to_rename(column, column.was, self._contract, self._live))
        elif self._is_name_refused(column):
            return
        elif column.required and self._live.written:
            self._refuse(refuse.no_values(column, self._contract))
        else:
            new = AddColumn(column.name, column.type, column.doc, column.required)
            self._found.edits.append(new)

    def _is_name_refused(self, column: Column, was: Optional[str] = None) -> bool:
        """Refuse a name that Spark or Iceberg would mix up with another one."""
        for name in self._there:
            if name not in (was, column.name) and name.lower() == column.name.lower():
                self._refuse(refuse.twin(column, name))
                return True
        part = {**self._live.former, **self._live.partition}.get(column.name)
        if part is None or (part.name == "identity" and part.column == was):
            return False
        self._refuse(refuse.name_of_part(column, part))
        return True

    def _compare(self, column: Column, there: LiveColumn) -> None:
        compared = compare(column.name, parse_type(column.type), there)
        for path in compared.gone:
            self._refuse(refuse.field_gone(column, there, path))
        if compared.misfits:
            self._narrow(column, there, compared)
        if compared.misfits or compared.gone:
            return
        self._found.edits += compared.changes
        if column.doc != there.doc:
            self._found.edits.append(Describe(column.name, column.doc))
        if there.required and not column.required:
            self._found.edits.append(Relax(column.name))
        elif column.required and not there.required:
            self._require(column)

    def _require(self, column: Column) -> None:
        if not self._live.written:
            self._found.edits.append(Require(column.name, "the table has no rows yet"))
        elif column.name in self._narrows:
            self._found.edits.append(Require(column.name, self._narrows[column.name]))
        else:
            self._refuse(refuse.may_be_null(column, self._contract))

    def _narrow(self, column: Column, there: LiveColumn, compared: Compared) -> None:
        hindrance = self._hindrance(there, compared) or self._layout_hindrance(column, there)
        if hindrance or column.name not in self._narrows:
            self._refuse(refuse.misfit(column, there, compared, self._contract, hindrance))
            return
        kind = str(in_order_of(there, parse_type(column.type)))
        reason = self._narrows[column.name]
        self._found.narrows.append(
            Narrow(column.name, there.type, kind, column.required, column.doc, reason)
        )

    def _hindrance(self, there: LiveColumn, compared: Compared) -> Optional[str]:
        """Why not even a migration block makes the type narrower, in a sentence."""
        if compared.gone or any(isinstance(each, AddColumn) for each in compared.changes):
            return "Fields come or go as well: that and a narrower type are two releases."
        if "map<" in there.type:
            return "Maps are not compared, so nobody can say whether a value is lost."
        if not all(each.can_be_tried for each in compared.misfits):
            return "Spark has no cast from the one to the other."
        return None

    def _layout_hindrance(self, column: Column, there: LiveColumn) -> Optional[str]:
        if self._splits(there.name):
            return "The table's files are or were split by it, so it cannot be replaced."
        if any(each.column.split(".")[0] == there.name for each in self._live.sort):
            return "The table is sorted by it: take it out of the sort order a release before."
        layout = (*self._contract.stored_partition, *self._contract.sort)
        if any(each.column == column.name for each in layout):
            return "The contract splits or sorts by it: that can come a release later."
        return None

    def _leftover(self, there: LiveColumn) -> None:
        """What becomes of a column that the contract does not have."""
        owner = self._helped(there.name)
        if owner is not None:
            types = {each.column: each.type for each in self._found.narrows}
            if types.get(owner) != there.type:
                self._found.drops.append(Drop(there.name, "left over by a migration"))
        elif self._is_twin(there.name):
            return  # told of already
        elif there.name not in self._drops:
            self._refuse(refuse.undeclared(there, self._contract, self._live))
        elif self._splits(there.name):
            self._refuse(refuse.still_split(there, self._contract))
        else:
            self._found.drops.append(Drop(there.name, self._drops[there.name]))

    def _helped(self, name: str) -> Optional[str]:
        """The column for whose narrowing this one was made."""
        stored = self._contract.stored
        return next((each.name for each in stored if helper_name(each.name) == name), None)

    def _is_twin(self, name: str) -> bool:
        refused = [each.column for each in self._found.refusals]
        return any(each != name and each.lower() == name.lower() for each in refused)

    def _splits(self, name: str) -> bool:
        fields = [*self._live.partition.values(), *self._live.former.values()]
        return any(each.column.split(".")[0] == name for each in fields)

    def _refuse(self, refusal: Refusal) -> None:
        self._found.refusals.append(refusal)
