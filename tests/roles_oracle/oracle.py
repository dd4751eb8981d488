"""The oracle: installed on demand into the cache, `python tests/roles_oracle/oracle.py install`.

It is licensed under the AGPL. Nothing of the product depends on it, and it is never shipped.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FILES = ("oracle.mjs", "package.json", "package-lock.json")
INSTALL = "python tests/roles_oracle/oracle.py install"


def folder():
    """Where it is installed: another lock is another folder."""
    cache = Path(os.environ.get("SPARKRAIL_CACHE", Path.home() / ".cache" / "sparkrail"))
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    return cache / "roles-oracle" / digest


def is_installed():
    return (folder() / "node_modules").is_dir() and shutil.which("node") is not None


def install():
    """Fetch what the lock names, with npm's own configuration of where from."""
    folder().mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, folder() / name)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder(), check=True)


def ask(cases):
    """What the oracle says of each case."""
    shutil.copy(HERE / "oracle.mjs", folder() / "oracle.mjs")
    done = subprocess.run(
        ["node", "oracle.mjs"],
        cwd=folder(),
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    if sys.argv[1:] != ["install"]:
        sys.exit(f"usage: {INSTALL}")
    install()
    print(f"the oracle is in {folder()}")
