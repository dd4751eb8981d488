"""What a job may use inside Spark: inputs by name, accounts of every row, guarded outputs.

It needs pyspark and the standard library only, and runs on Python 3.9 and later.
"""

import importlib
import sys
from typing import TYPE_CHECKING

from sparkjob.errors import InputRefused
from sparkjob.intervals import Interval
from sparkjob.scripts import import_root

if TYPE_CHECKING:
    from sparkjob.entry import run
    from sparkjob.job_run import Run

__all__ = ["InputRefused", "Interval", "Run", "run"]
_LATER = {"Run": "sparkjob.job_run", "run": "sparkjob.entry"}

# By bare spark-submit only main.py's own folder is on the path, not that of its package.
_root = import_root()
if _root is not None and _root not in sys.path:
    sys.path.insert(0, _root)


def __getattr__(name: str) -> object:
    """Load what needs pyspark when it is asked for: tools read `sparkjob.intervals` without it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATER[name]), name)
