"""The state of a laptop cloud: one SQLite file, one folder of files; opened, checked, restored."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sparklaptop.state import objects, stored_bytes, touched
from sparklaptop.state.backends import Backends
from sparklaptop.state.executions import Executions
from sparklaptop.state.items import Items
from sparklaptop.state.objects import Objects
from sparklaptop.state.once import Answers
from sparklaptop.state.rows import Rows
from sparklaptop.state.stamp import open_stamped
from sparklaptop.untyped import MotoObject


@dataclass(kw_only=True)
class Kept:
    """Everything that is kept, by the way in which it is.

    Args:
        rows: The file.
        account: Whose it is.
    """

    rows: Rows
    account: str
    backends: Backends = field(init=False)
    objects: Objects = field(init=False)
    items: Items = field(init=False)
    executions: Executions = field(init=False)
    answers: Answers = field(init=False)
    cut_off: list[MotoObject] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.backends = Backends(self.rows)
        self.objects = Objects(self.rows, self.account)
        self.items = Items(self.rows, self.account)
        self.executions = Executions(self.rows, self.account)
        self.answers = Answers(self.rows)

    def restore(self) -> None:
        """Fill moto from the rows, then write rows whenever it changes.

        Raises:
            LaptopError: The state is damaged.
        """
        self.backends.restore()
        self.objects.restore()
        self.items.restore()
        self.cut_off = self.executions.restore()
        self.executions.apply()


def file_of(state: Path) -> Path:
    """The file of a laptop cloud's rows."""
    return state / "laptop.sqlite"


def open_rows(state: Path, *, account: str, region: str) -> Rows:
    """Open the state of a folder and let moto keep objects in files; before moto's first request.

    Args:
        state: The folder.
        account: Of the laptop cloud.
        region: Of the laptop cloud.

    Raises:
        LaptopError: It is damaged, incomplete, or was written by or for another laptop cloud.
    """
    folder = objects.folder_of(state)
    rows = open_stamped(file_of(state), folder, account=account, region=region)
    touched.apply()
    stored_bytes.apply(folder)
    return rows
