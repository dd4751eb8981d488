"""Ports of this computer: which is free, and who has the one that is not."""

from __future__ import annotations

import errno
import re
import shutil
import socket
import subprocess

HOST = "127.0.0.1"
DEFAULT_PORT = 5566
_TRIED = 50


def is_free(port: int) -> bool:
    """Whether a server could listen on it now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connection is still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def free_port(first: int = DEFAULT_PORT) -> int | None:
    """The first free port from `first` on, of the next fifty."""
    return next((port for port in range(first, first + _TRIED) if is_free(port)), None)


def holder(port: int) -> str | None:
    """Who listens on a port, like `postgres (pid 812)`; None if this computer does not tell."""
    for find in (_by_lsof, _by_ss):
        if found := find(port):
            return found
    return None


def _by_lsof(port: int) -> str | None:
    if not (tool := shutil.which("lsof")):
        return None
    shown = subprocess.run(
        [tool, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = re.search(r"^p(\d+)\nc(.+)$", shown, re.MULTILINE)
    return f"{found.group(2)} (pid {found.group(1)})" if found else None


def _by_ss(port: int) -> str | None:
    if not (tool := shutil.which("ss")):
        return None
    shown = subprocess.run(
        [tool, "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r'users:\(\("([^"]+)",pid=(\d+)', shown)
    return f"{found.group(1)} (pid {found.group(2)})" if found else None
