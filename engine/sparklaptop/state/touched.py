"""Which of moto's backends a request reached for.

Any change of a service begins with asking for its backend, also when one service changes another
(a topic puts a message into a queue). So what a request may have changed is what it asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from moto.core.base_backend import AccountSpecificBackend

from sparklaptop.untyped import MotoObject

_local = threading.local()


def apply() -> None:
    """Note each backend that is asked for, once per process."""
    before = AccountSpecificBackend.__getitem__
    if getattr(before, "notes", False):
        return

    def get(self: MotoObject, region_name: str) -> MotoObject:
        backend = before(self, region_name)
        noted = getattr(_local, "noted", None)
        if noted is not None:
            noted[id(backend)] = backend
        return backend

    get.notes = True  # type: ignore[attr-defined]
    AccountSpecificBackend.__getitem__ = get


@contextmanager
def noted() -> Iterator[dict[int, MotoObject]]:
    """The backends that this thread asks for meanwhile, by identity."""
    before = getattr(_local, "noted", None)
    found: dict[int, MotoObject] = {}
    _local.noted = found
    try:
        yield found
    finally:
        _local.noted = before
