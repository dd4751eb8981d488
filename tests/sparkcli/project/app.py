"""Stands where an app stands: writes an assembly, or fails as it is told."""

import json
import os
import sys
from pathlib import Path

out = Path(os.environ["CDK_OUTDIR"])
said = Path("spark_jobs/sales/says.txt")
if said.exists():
    sys.exit(said.read_text())
out.mkdir(parents=True)
(out / "manifest.json").write_text(json.dumps({"context": os.environ["CDK_CONTEXT_JSON"]}))
