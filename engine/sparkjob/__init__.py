"""What a job may use inside Spark: inputs by name, accounts of every row, guarded outputs.

It needs pyspark and the standard library only, and runs on Python 3.9 and later.
"""

import sys

from sparkjob.entry import import_root, run
from sparkjob.errors import InputRefused
from sparkjob.job_run import Run

__all__ = ["InputRefused", "Run", "run"]

# By bare spark-submit only main.py's own folder is on the path, not that of its package.
_root = import_root()
if _root is not None and _root not in sys.path:
    sys.path.insert(0, _root)
