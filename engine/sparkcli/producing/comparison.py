"""What was sent against what the tables hold: lost, duplicated, kept aside. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sparkcli.producing.journal import Sent
from sparkcli.producing.messages import Kind

Position = tuple[int, int]
"""Partition and offset of a record."""


@dataclass(frozen=True)
class Found:
    """What the tables of one stream hold.

    Args:
        rows: How often each identity is in the output; None where its rows are no records.
        quarantined: Positions in the quarantine table, each as often as it is there.
        late: Positions in the late table.
    """

    rows: Counter[str] | None
    quarantined: Counter[Position]
    late: Counter[Position]


@dataclass(frozen=True)
class Comparison:
    """How the tables of one stream differ from what was sent.

    Args:
        acknowledged: Records by kind.
        lost: Good and late ones that are nowhere, and bad ones that are not in quarantine; None
            where the output's rows are no records.
        duplicated: Rows, quarantined and late records that are there more than once.
        quarantined: Bad records in quarantine.
        misjudged: Good or late records in quarantine.
        late: Good and late records in the late table.
        in_time: Late records that are rows, because they came before the watermark did.
        unknown: Records without an answer: each may be there or not.
    """

    acknowledged: Mapping[str, int]
    lost: int | None
    duplicated: int
    quarantined: int
    misjudged: int
    late: int
    in_time: int
    unknown: int

    @property
    def exact(self) -> bool:
        """Whether every record is where it should be, once."""
        return not (self.lost or self.duplicated or self.misjudged)

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        return {**asdict(self), "exact": self.exact}


def compare(sent: Iterable[Sent], unknown: int, found: Found) -> Comparison:
    """Look for every acknowledged record.

    Args:
        sent: All of them.
        unknown: How many have had no answer.
        found: What is there.
    """
    listed = list(sent)
    originals = [one for one in listed if one.kind in (Kind.GOOD, Kind.LATE)]
    bad = [one for one in listed if one.kind is Kind.BAD]
    aside = {(one.partition, one.offset): one for one in originals}
    misjudged = sum(found.quarantined[position] > 0 for position in aside)
    late = {one.identity for position, one in aside.items() if found.late[position]}
    quarantined = sum(found.quarantined[one.partition, one.offset] > 0 for one in bad)
    rows = found.rows
    return Comparison(
        acknowledged=_by_kind(listed),
        lost=None if rows is None else len(bad) - quarantined + _nowhere(originals, found, late),
        duplicated=_doubled(listed, found),
        quarantined=quarantined,
        misjudged=misjudged,
        late=len(late),
        in_time=sum(one.kind is Kind.LATE and bool(rows and rows[one.identity]) for one in listed),
        unknown=unknown,
    )


def _by_kind(sent: list[Sent]) -> dict[str, int]:
    counted = Counter(one.kind for one in sent)
    return {kind.value: counted[kind] for kind in Kind}


def _nowhere(originals: list[Sent], found: Found, late: set[str]) -> int:
    """How many have no row, and are not kept aside either."""
    rows = found.rows or Counter()
    return sum(
        not rows[one.identity]
        and one.identity not in late
        and not found.quarantined[one.partition, one.offset]
        for one in originals
    )


def _doubled(sent: list[Sent], found: Found) -> int:
    """Rows too many of what was sent; what others have sent is not ours to judge."""
    # Who sends the same seed twice sends the same records twice; both may be rows.
    ours = Counter(one.identity for one in sent if one.kind in (Kind.GOOD, Kind.LATE))
    positions = {(one.partition, one.offset) for one in sent}
    rows = found.rows or Counter()
    many = sum(max(rows[identity] - often, 0) for identity, often in ours.items())
    for aside in (found.quarantined, found.late):
        many += sum(aside[position] - 1 for position in positions if aside[position] > 1)
    return many
