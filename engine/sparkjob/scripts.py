"""Where the running script belongs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Optional


def import_root() -> Optional[str]:
    """The folder from which the running job's package is imported, if its main.py runs."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if not script or Path(script).name != "main.py":
        return None
    return str(Path(script).absolute().parent.parent)
