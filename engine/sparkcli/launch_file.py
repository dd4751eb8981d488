"""The debugger's launch file for VS Code: start `dev` under it, or attach to `dev --debug`."""

import json
from pathlib import Path

DEBUG_PORT = 5678


def write_launch_file(root: Path, job: str) -> Path | None:
    """Write .vscode/launch.json if there is none; the path, or None when one was there."""
    path = root / ".vscode" / "launch.json"
    if path.exists():
        return None
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(launch_configurations(job), indent=2) + "\n")
    return path


def launch_configurations(job: str) -> dict[str, object]:
    """What goes into the file: one entry that attaches, one that starts `dev` itself."""
    attach = {
        "name": "sparkrail: attach to dev --debug",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": DEBUG_PORT},
        "justMyCode": True,
    }
    # subProcess: main.py runs in a child of the command.
    start = {
        "name": f"sparkrail: dev {job}",
        "type": "debugpy",
        "request": "launch",
        "program": "${workspaceFolder}/.venv/bin/sparkrail",
        "args": ["dev", job],
        "cwd": "${workspaceFolder}",
        "console": "integratedTerminal",
        "subProcess": True,
        "justMyCode": True,
    }
    return {"version": "0.2.0", "configurations": [attach, start]}
