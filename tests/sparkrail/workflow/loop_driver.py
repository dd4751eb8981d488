"""Stands in for spark-submit: does what the run key says."""

import json
import sys
import time
from pathlib import Path

arguments = dict(zip(sys.argv, sys.argv[1:], strict=False))
key, attempt = arguments["--run-key"], int(arguments["--attempt"])
print("run", key, attempt, flush=True)
if key.startswith("long"):
    time.sleep(600)
gate = json.loads(arguments["--overrides"]).get("gate")
while gate and not Path(gate).exists():
    time.sleep(0.02)
if key.startswith("fail") or (key.startswith("flaky") and attempt == 1):
    print("ValueError: bad input", flush=True)
    sys.exit(1)
