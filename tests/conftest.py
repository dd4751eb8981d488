"""What every test of the engine shares."""

import os
import sys
from pathlib import Path

# The native validator costs seconds in every process; tests/stacks runs the checkers once, on purpose.
os.environ.setdefault("CDK_VALIDATION", "false")
# `make` does the same: the environment's own node is found by jsii also when pytest is started by its path.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
