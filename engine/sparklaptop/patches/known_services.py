"""Which services there are is read once: neither at every request, nor for each service's model.

moto's own folder has 190 entries, and looking at each took about a fifth of the time of a small
request; botocore's has 420, and moto looked at each for every service that was called for the
first time.
"""

from __future__ import annotations

from functools import cache

from moto import backends
from moto.core import utils


def apply() -> None:
    """Remember the lists."""
    known = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: known
    utils.create_loader = cache(utils.create_loader)
