"""Who wrote a state: rows hold moto's objects and ours, and only the same classes read them."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from sparklaptop.errors import LaptopError
from sparklaptop.state.rows import FORGET, Rows, damaged

# Raise it whenever a class that rows hold, or the way in which rows are cut, changes.
FORMAT = 1
_KIND, _KEY = "laptop", "stamp"


def open_stamped(path: Path, objects: Path, *, account: str, region: str) -> Rows:
    """Open the rows of a laptop cloud, or begin them.

    Args:
        path: The file.
        objects: The folder of the contents of S3 objects.
        account: Of the laptop cloud.
        region: Of the laptop cloud.

    Raises:
        LaptopError: They are damaged, incomplete, or were written by or for another laptop cloud.
    """
    if not path.exists() and objects.is_dir() and any(objects.iterdir()):
        raise damaged(path, "the file is missing, the contents of its objects are there")
    rows = Rows(path)
    stamp = {"format": FORMAT, "moto": version("moto"), "account": account, "region": region}
    found = rows.get(_KIND, _KEY)
    if found is None:
        if rows.count():
            raise damaged(path, "it does not say who wrote it")
        rows.put(_KIND, _KEY, stamp)
    elif found != stamp:
        rows.close()
        raise _refused(path, found, stamp)
    return rows


def _refused(path: Path, found: dict[str, object], stamp: dict[str, object]) -> LaptopError:
    where = f"the laptop's state in {path.parent}"
    if (found["account"], found["region"]) != (stamp["account"], stamp["region"]):
        return LaptopError(
            f"{where} is that of account {found['account']} in {found['region']}, not of "
            f"{stamp['account']} in {stamp['region']}. Put these back in config/, or drop the "
            "laptop's lake and ledger and begin anew.",
            next_command=FORGET,
        )
    if found["moto"] != stamp["moto"]:
        return LaptopError(
            f"{where} was written with moto {found['moto']}; installed is moto {stamp['moto']}, "
            f"which does not read it. Install moto=={found['moto']} again, or drop the laptop's "
            "lake and ledger and begin anew.",
            next_command=FORGET,
        )
    return LaptopError(
        f"{where} has format {found['format']}; this sparkrail writes and reads format "
        f"{stamp['format']}. Go back to the sparkrail that wrote it, or drop the laptop's lake and "
        "ledger and begin anew.",
        next_command=FORGET,
    )
