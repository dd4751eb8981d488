"""What every test of the engine shares."""

import os
import signal
import sys
from pathlib import Path

# The native validator costs seconds in every process; tests/stacks runs the checkers once.
os.environ.setdefault("CDK_VALIDATION", "false")
# As `make` does: jsii finds the environment's own node, however pytest was started.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
# A shell that starts tests in the background makes them, and all that they start, deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
