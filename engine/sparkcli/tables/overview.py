"""Every table of an environment, and what each is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pyiceberg.exceptions import NoSuchIcebergTableError, NoSuchTableError

from sparkcli.tables.catalog import Tables
from sparkcli.tables.owners import owner_of
from sparkcli.tables.snapshots import Past
from sparkcli.tables.written import Written, moment
from sparkcli.workspace import Workspace
from sparkjob.contracts import QUARANTINE_SUFFIX

READERS = 8
CONTRACT, QUARANTINED, NONE = "contract", "quarantine", "none"
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


@dataclass(frozen=True)
class Entry:
    """One table.

    Args:
        name: `database.table`.
        kind: contract; quarantine, which a contract's table has for refused rows; or none.
        owner: The team that answers for it. Empty: nobody is named.
        write: How runs write it. Empty: no contract says it.
        there: Whether the catalog has it.
        now: What main is. None: nothing was written yet.
        snapshots: How many the table keeps.
        last: What the newest run wrote. None: no run has.
    """

    name: str
    kind: str
    owner: str
    write: str
    there: bool
    now: Written | None
    snapshots: int
    last: Written | None

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        run = self.last.run if self.last else None
        return {
            "table": self.name,
            "contract": self.kind,
            "owner": self.owner or None,
            "write": self.write or None,
            "written": self.there,
            "rows": self.now.rows if self.now else None,
            "files": self.now.files if self.now else None,
            "bytes": self.now.bytes if self.now else None,
            "snapshots": self.snapshots,
            "last_run": str(run) if run else None,
            "last_at": moment(self.last.at) if self.last else None,
        }


def entries(workspace: Workspace, tables: Tables) -> list[Entry]:
    """Every table that has a contract or is in the catalog, by name."""
    there = tables.all_names()
    names = sorted(there | tables.contracts)
    tables.catalog.properties  # noqa: B018  made once, before the threads ask for it
    with ThreadPoolExecutor(READERS) as pool:
        found = pool.map(lambda name: _entry(workspace, tables, name, there), names)
        return [each for some in found for each in some]


def size(number: int) -> str:
    """Bytes for people.

    >>> size(1536)
    '1.5 KiB'
    """
    value, unit = float(number), 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{number} B"


def _entry(
    workspace: Workspace, tables: Tables, name: str, there: frozenset[str]
) -> Iterator[Entry]:
    contract = workspace.project.tables.get(name)
    base = name.removesuffix(QUARANTINE_SUFFIX)
    quarantine = name != base and base in tables.contracts
    kind = CONTRACT if contract else QUARANTINED if quarantine else NONE
    owner = owner_of(workspace, base if quarantine else name)
    write = str(contract.write) if contract else ""
    if name not in there:
        yield Entry(name, kind, owner, write, there=False, now=None, snapshots=0, last=None)
        return
    try:
        metadata = tables.catalog.load_table(tables.identifier(name)).metadata
    except (NoSuchTableError, NoSuchIcebergTableError):
        return  # dropped meanwhile, or no Iceberg table
    past = Past(metadata)
    last = next((each for each in past.main if each.run), None)
    now = past.main[0] if past.main else None
    yield Entry(
        name, kind, owner, write, there=True, now=now, snapshots=len(metadata.snapshots), last=last
    )  # fmt: skip
