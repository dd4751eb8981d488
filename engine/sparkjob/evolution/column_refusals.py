"""What is said about a column that does not follow its contract by itself."""

from __future__ import annotations

import difflib
from typing import Iterable, Optional

from sparkjob.contracts import RUN_KEY, Column, Contract, Transform
from sparkjob.evolution.changes import Refusal
from sparkjob.evolution.choices import declaration, file_of, migration, words
from sparkjob.evolution.compared_types import Compared
from sparkjob.evolution.live_table import LiveColumn, LiveTable


def undeclared(there: LiveColumn, contract: Contract, live: LiveTable) -> Refusal:
    """The table has a column, the contract does not."""
    heir = next((each for each in contract.stored if each.was == there.name), None)
    if heir is not None and live.column(heir.name) is not None:
        what = f"the table has it beside {heir.name}, which the contract says it became"
        why = "Renaming is done only while the new name is free; which values count?"
    else:
        what = "the table has it, the contract does not"
        why = "Dropping it would lose its values."
    if there.name == RUN_KEY:
        why += " It says which run wrote a row, as append tables need."
    new = [each.name for each in contract.stored if live.column(each.name) is None]
    near = _nearest(there.name, new)
    renamed = f'if it is called {near} now, say so there: was = "{there.name}"' if near else None
    drop = migration("drop", there.name, contract)
    choices = (declaration(there, contract), renamed, drop)
    return Refusal(there.name, what, why, tuple(each for each in choices if each))


def still_split(there: LiveColumn, contract: Contract) -> Refusal:
    """It is to be dropped, and Iceberg needs it to read files."""
    return Refusal(
        there.name,
        "is to be dropped, but the table's files are or were split by it",
        "Iceberg reads such files only with the column: take it out of `partition` first, "
        "have every file written anew, then let the old partition spec expire.",
        (
            declaration(there, contract) or "keep it",
            "first release: without it in `partition`. Then CALL system.rewrite_data_files "
            "with rewrite-all; after another run, CALL system.expire_snapshots with "
            "clean_expired_metadata => true. Then drop it.",
        ),
    )


def nothing_to_rename(column: Column, was: str, contract: Contract, live: LiveTable) -> Refusal:
    """The contract says `was`, and there is no such column, or it became another one."""
    if live.column(was) is not None:
        return Refusal(
            column.name,
            f"is to be the new name of {was}, and so is another column",
            "A column becomes one other.",
            (f'leave was = "{was}" to one of them',),
        )
    wanted = {each.name for each in contract.stored}
    near = _nearest(was, (each.name for each in live.columns if each.name not in wanted))
    meant = f' Did you mean was = "{near}"?' if near else ""
    return Refusal(
        column.name,
        f"is to be the new name of {was}, but the table has neither",
        f"There is nothing to rename.{meant}",
        (
            f"name the column that it was in {file_of(contract)}",
            f'take was = "{was}" out: {column.name} is then added, empty',
        ),
    )


def twin(column: Column, name: str) -> Refusal:
    """Its name and another one differ in upper and lower case only."""
    return Refusal(
        column.name,
        f"differs from the table's {name} in upper and lower case only",
        "Spark takes the two for one.",
        (f"call it {name}", f'rename it: was = "{name}"'),
    )


def name_of_part(column: Column, part: Transform) -> Refusal:
    """Its name is that of a partition field."""
    return Refusal(
        column.name,
        f"is the name of a part by which the table's files are or were split ({part})",
        "Iceberg takes no column of that name.",
        ("choose another name for the column",),
    )


def no_values(column: Column, contract: Contract) -> Refusal:
    """A new column is required, and there are rows."""
    why = "Rows that are there have no value in it."
    if column.name == RUN_KEY and contract.write == "append":
        return Refusal(
            column.name,
            "is missing: an append table says of each row which run wrote it",
            why,
            (f"keep another write mode than append in {file_of(contract)}", "write a new table"),
        )
    later = (
        "first release: without `required`, and fill it. When every row has a value:\n"
        f'required = true, with\n[[migrations]]\nnarrow = "{column.name}"\nreason = "say why"'
    )
    return Refusal(
        column.name,
        "is new and required, and the table has been written",
        why,
        (f"leave `required = true` out in {file_of(contract)}", later),
    )


def may_be_null(column: Column, contract: Contract) -> Refusal:
    """An optional column is to be required."""
    return Refusal(
        column.name,
        "is optional in the table, required in the contract",
        "Rows without a value could no longer be read.",
        ("leave `required = true` out", migration("narrow", column.name, contract)),
    )


def field_gone(column: Column, there: LiveColumn, path: str) -> Refusal:
    """The table has a field inside a column, the contract does not."""
    return Refusal(
        path,
        "the table has this field, the contract does not",
        "Fields inside a column are neither dropped nor renamed: their values would be lost.",
        (
            f'put it back into {column.name}, which the table has as "{words(there.type)}"',
            f"give the new shape to a column of another name, and drop {column.name}",
        ),
    )


def misfit(
    column: Column,
    there: LiveColumn,
    compared: Compared,
    contract: Contract,
    hindrance: Optional[str],
) -> Refusal:
    """A type does not become the contract's by itself.

    Args:
        column: In the contract.
        there: In the table.
        compared: What differs.
        contract: Of the table.
        hindrance: Why not even a migration helps. None: one does.
    """
    what = "; ".join(
        f"{each.path}: {words(each.before)}, in the contract {words(str(each.after))}"
        for each in compared.misfits
    )
    if [each.path for each in compared.misfits] == [column.name]:
        what = f"is {words(there.type)}, the contract says {words(column.type)}"
    way = migration("narrow", column.name, contract)
    if hindrance is not None:
        way = f"add a new column of type {words(column.type)} beside it and fill that"
    keep = f'keep the table\'s type: type = "{words(there.type)}"'
    why = hindrance or "Not every value is sure to fit."
    return Refusal(column.name, what, why, (keep, way))


def _nearest(name: str, names: Iterable[str]) -> Optional[str]:
    return next(iter(difflib.get_close_matches(name, list(names), n=1)), None)
