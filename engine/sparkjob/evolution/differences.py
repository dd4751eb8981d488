"""What lies between a table as it is and its contract; pure, so that anybody can ask.

Columns are added, widened, renamed and described; the layout of new files follows the contract.
What loses something is refused, unless a `[[migrations]]` block of the contract says that it is
wanted. The order of columns is no difference: rows are written by name, and a new column is the
table's last.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Tuple

from sparkjob.contracts import Contract, Transform
from sparkjob.evolution.changes import (
    AddPartition,
    Change,
    DropPartition,
    Plan,
    Refusal,
    SetProperty,
    SortBy,
    Upgrade,
)
from sparkjob.evolution.choices import file_of, words
from sparkjob.evolution.columns import plan_columns
from sparkjob.evolution.compared_types import fits_older
from sparkjob.evolution.live_table import DIGESTS, MAX_DIGESTS, LiveTable
from sparkjob.evolution.properties import properties_of

_PARTS = {"bucket": "bucket_{}", "truncate": "trunc_{}"}


def differences(contract: Contract, live: LiveTable) -> Plan:
    """Plan the way from a table to its contract.

    A contract that shaped the table once, before another one did, is an older release's: a job
    that was deployed before, or was rolled back. It changes nothing and may write as long as its
    columns are there.

    Args:
        contract: What the table should be.
        live: What it is.
    """
    if is_older(contract, live):
        return Plan(refusals=tuple(_older_refusals(contract, live)), older=True)
    columns = plan_columns(contract, live)
    names = columns.new_names
    partition = {name: _renamed(each, names) for name, each in live.partition.items()}
    refusals = [*columns.refusals, *_format_refusals(contract, live)]
    refusals += _partition_refusals(contract, partition)
    if refusals:
        return Plan(refusals=tuple(refusals))
    changes = [
        *_upgrade(contract, live),
        *columns.renames,
        *columns.edits,
        *_partition(contract, partition),
        *_sort(contract, tuple(_renamed(each, names) for each in live.sort)),
        *columns.drops,
        *_properties(contract, live),
        *columns.narrows,
    ]
    return Plan(changes=tuple(changes))


def is_older(contract: Contract, live: LiveTable) -> bool:
    """Whether another contract shaped the table after this one did."""
    return contract.digest in live.digests[:-1] and contract.digest != live.digests[-1]


def remembered(contract: Contract, live: LiveTable) -> str:
    """The table property that lists the digests, after this contract shaped the table."""
    others = [digest for digest in live.digests if digest != contract.digest]
    return ",".join([*others, contract.digest][-MAX_DIGESTS:])


def _renamed(transform: Transform, names: Mapping[str, str]) -> Transform:
    column = names.get(transform.column, transform.column)
    return Transform(column, transform.name, transform.width, transform.descending)


def _upgrade(contract: Contract, live: LiveTable) -> List[Change]:
    if live.format_version >= contract.format_version:
        return []
    return [Upgrade(live.format_version, contract.format_version)]


def _partition(contract: Contract, live: Mapping[str, Transform]) -> List[Change]:
    """Partition fields that go and that come; their order is no difference."""
    wanted = contract.stored_partition
    gone = [DropPartition(name, each) for name, each in live.items() if each not in wanted]
    there = set(live.values())
    return [*gone, *(AddPartition(each) for each in wanted if each not in there)]


def _sort(contract: Contract, live: Tuple[Transform, ...]) -> List[Change]:
    return [] if contract.sort == live else [SortBy(contract.sort)]


def _properties(contract: Contract, live: LiveTable) -> List[Change]:
    wanted: Dict[str, str] = properties_of(contract)
    found: List[Change] = [
        SetProperty(name, value, live.properties.get(name))
        for name, value in sorted(wanted.items())
        if live.properties.get(name, "" if name == "comment" else None) != value
    ]
    digests = remembered(contract, live)
    if digests != ",".join(live.digests):
        why = "so that an older release of the contract is known as one"
        found.append(SetProperty(DIGESTS, digests, live.properties.get(DIGESTS), why))
    return found


def _format_refusals(contract: Contract, live: LiveTable) -> List[Refusal]:
    if live.format_version <= contract.format_version:
        return []
    return [
        Refusal(
            "format_version",
            f"the table is of Iceberg's format {live.format_version}, "
            f"the contract says {contract.format_version}",
            "There is no way back to an older format.",
            (f"write in {file_of(contract)}\nformat_version = {live.format_version}",),
        )
    ]


def _partition_refusals(contract: Contract, partition: Mapping[str, Transform]) -> List[Refusal]:
    """A part that is to be made may not have the name of a column."""
    columns = {column.name for column in contract.stored}
    return [
        Refusal(
            "partition",
            f"{each} makes parts of the name {_part_name(each)}, which is also a column",
            "Iceberg takes no two of one name.",
            (f'rename the column: was = "{_part_name(each)}"', "split by something else"),
        )
        for each in contract.stored_partition
        if each not in partition.values()
        and each.name != "identity"
        and _part_name(each) in columns
    ]


def _part_name(transform: Transform) -> str:
    """The name that Iceberg gives to a partition field."""
    if transform.name == "identity":
        return transform.column
    ending = _PARTS.get(transform.name, transform.name).format(transform.width)
    return f"{transform.column}_{ending}"


def _older_refusals(contract: Contract, live: LiveTable) -> List[Refusal]:
    found: List[Refusal] = []
    choices = (
        "deploy the newest release of the job",
        f"put the newest {file_of(contract)} into this release",
    )
    why = "A newer release changed the table, and this one does not change it back."
    for column in contract.stored:
        there = live.column(column.name)
        if there is None:
            what = "this release writes it, but the table has it no more"
            found.append(Refusal(column.name, what, why, choices))
        elif not fits_older(column.type, there):
            what = f"is {words(there.type)} in the table, this release writes {words(column.type)}"
            found.append(Refusal(column.name, what, why, choices))
    known = {column.name for column in contract.stored}
    for each in live.columns:
        if each.required and each.name not in known:
            what = "is required in the table, and this release does not write it"
            found.append(Refusal(each.name, what, why, choices))
    return found
