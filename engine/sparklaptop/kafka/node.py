"""One broker: its folder, its process."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sparklaptop.emrserverless import processes
from sparklaptop.kafka.software import Runtime

_HEAP_MIB = 256
_STOP_SECONDS = 20
_FLAGS = (
    f"-Xmx{_HEAP_MIB}m",
    "-Xms64m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
)
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR")


class Node:
    """One broker, which ends with the process that started it.

    Args:
        folder: Of this node alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """Where its logs are."""
        return self._folder / "data"

    @property
    def log(self) -> Path:
        """What it says of itself."""
        return self._folder / "stderr"

    @property
    def pid(self) -> int | None:
        """Of its process; None if it does not run."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and running else None

    def start(self, runtime: Runtime, cluster: str, settings: Mapping[str, object]) -> None:
        """Start it, unless it runs.

        Args:
            runtime: Java and the class path.
            cluster: Id of the cluster.
            settings: Its server.properties.
        """
        if self.pid:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "server.properties"
        config.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        command = [str(runtime.java), *_FLAGS, "-cp", runtime.class_path, "sparkrail.Broker"]
        self._process = processes.start(
            [*command, str(config), cluster, str(self.data)],
            environment={name: os.environ[name] for name in _INHERITED if name in os.environ},
            folder=self._folder,
            work=self._folder,
            # It reads the end of this pipe when nobody holds it any more.
            stdin=subprocess.PIPE,
        )

    def ask_to_end(self) -> None:
        """Tell it to end: SIGTERM."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would: SIGKILL."""
        self._signal(signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Wait for its end; kill it if that does not come."""
        if self._process is None:
            return
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._process = None
        processes.forget(self._folder)

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        said = [path.read_text(errors="replace") for path in (self.log,) if path.exists()]
        return "\n".join("".join(said).splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
