"""What every test of the engine shares."""

import os
import signal
import sys
from pathlib import Path

from failure_modes import (  # noqa: F401  (pytest looks for hooks and fixtures here)
    observe,
    pytest_addoption,
    pytest_configure,
    pytest_runtest_makereport,
    pytest_sessionfinish,
)

# The native validator costs seconds in every process; tests/stacks runs the checkers once.
os.environ.setdefault("CDK_VALIDATION", "false")
# As `make` does: jsii finds the environment's own node, however pytest was started.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
# A shell that starts tests in the background makes them, and all that they start, deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
