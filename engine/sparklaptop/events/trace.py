"""How many deliveries led to a call, written into the trace header that the call takes anyway.

A rule that matches what its own target causes would go round for ever. On AWS that costs money;
here it ends at a depth that no honest chain reaches.
"""

from __future__ import annotations

import re

DEEPEST = 16
_DEPTH = re.compile(r"^Laptop=(\d+)(?:;Event=([\w-]+))?$")


def header(depth: int, event_id: str | None = None) -> str:
    """The trace header of a call that a delivery makes.

    Args:
        depth: Of the delivery.
        event_id: Id of the event that goes on to another bus.
    """
    return f"Laptop={depth}" + (f";Event={event_id}" if event_id else "")


def read(text: str | None) -> tuple[int, str | None]:
    """Depth and event id of a trace header; 0 and None of one that no delivery wrote."""
    found = _DEPTH.match(text or "")
    return (int(found[1]), found[2]) if found else (0, None)
