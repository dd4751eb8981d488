"""What a target is: a table of a catalog, or a path."""

from __future__ import annotations

import re

_TABLE = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*\.[A-Za-z_]\w*")


def is_table(target: str) -> bool:
    """Whether a target is catalog.database.table and not a path."""
    return bool(_TABLE.fullmatch(target))
