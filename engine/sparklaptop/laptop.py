"""The public face of the laptop cloud: start it, deploy to it, ask it, stop it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sparklaptop import control, pids, ports, refusal
from sparklaptop.answers import Archive, Deployment, Plan, Status
from sparklaptop.cloud_file import CloudFile
from sparklaptop.emrserverless import processes
from sparklaptop.errors import LaptopError
from sparklaptop.faults.client import Breaker
from sparklaptop.kafka.certificates import stores

_HEALTH_SECONDS = 5.0
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.05
_LOG_LINES = 15
_PORT_TAKEN = 3
_REFUSED = 4
# What of the folder outlives the server (docs/laptop.md says what each is).
_KEPT = ("laptop.sqlite", "laptop.sqlite-wal", "laptop.sqlite-shm", "objects", "runs", "kafka")


class Laptop:
    """One laptop cloud: a server process and its folder.

    Args:
        state: Its folder: laptop.sqlite, objects/, runs/, server.log, cloud.json.
        account: Its account, 12 digits.
        region: Its Region.
        options: More arguments of the server, for tests. Default: none.
    """

    def __init__(
        self, state: Path, *, account: str, region: str, options: tuple[str, ...] = ()
    ) -> None:
        self.state = state.resolve()
        self._account = account
        self._region = region
        self._options = options
        self._file = CloudFile(self.state)

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.state / "server.log"

    @property
    def kafka_certificate(self) -> Path:
        """The certificate of its Kafka brokers, as PEM; there once it has had a cluster."""
        return stores(self.state).certificate

    def status(self) -> Status | None:
        """What is up; None if nothing is. A cloud.json without its server is removed."""
        content = self._file.read()
        if content is None:
            return None
        health = self._health(content)
        if health is None:
            self._file.remove_stale()
            return None
        return Status(
            pid=content["pid"],
            port=content["port"],
            endpoint=content["endpoint"],
            account=content["account"],
            region=content["region"],
            started_at=datetime.fromisoformat(content["started_at"]),
            rss_mib=health["rss_mib"],
            runs=health["runs"],
            brokers=health["brokers"],
        )

    def _health(self, content: Mapping[str, Any]) -> dict[str, Any] | None:
        if not pids.alive(content["pid"]):
            return None
        health = control.get(
            content["endpoint"], "/_sparkrail/health", timeout_seconds=_HEALTH_SECONDS
        )
        ours = health and health.get("pid") == content["pid"]
        return health if ours and health and health["state"] == str(self.state) else None

    def start(self, *, port: int | None = None) -> Status:
        """Start it, unless it is up: then what is up.

        Args:
            port: Where. Default: 5566, or the next free one.

        Raises:
            LaptopError: The port is taken, it is up for another account or Region, its state
                cannot be read, or it did not start. Whatever is raised, KeyboardInterrupt
                included, leaves no server behind.
        """
        self.state.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if up := self.status():
                self._check_same(up, port)
                return up
            return self._start(_chosen(port))

    def _check_same(self, up: Status, port: int | None) -> None:
        if (up.account, up.region) != (self._account, self._region):
            raise LaptopError(
                f"the laptop cloud in {self.state} is up for account {up.account} in {up.region}, "
                f"not for {self._account} in {self._region}.",
                next_command="sparkrail down",
            )
        if port not in (None, up.port):
            raise LaptopError(
                f"the laptop cloud is already up, on port {up.port}.", next_command="sparkrail down"
            )

    def _start(self, port: int) -> Status:
        command = [sys.executable, "-m", "sparklaptop.server", "--state", str(self.state)]
        command += ["--port", str(port), "--account", self._account, "--region", self._region]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*command, *self._options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.state,
            )
        try:
            return self._answering(process, port)
        except BaseException:
            # Ctrl-C too: nobody would know of a server that nobody waited for.
            self._end(process)
            raise

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._file.remove_stale()

    def _answering(self, process: subprocess.Popen[bytes], port: int) -> Status:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            content = self._file.read()
            if content and content["pid"] == process.pid and (up := self.status()):
                return up
            if process.poll() is not None:
                raise self._not_started(port, process.returncode)
            time.sleep(_POLL_SECONDS)
        raise LaptopError(
            f"the laptop cloud did not answer within {_START_SECONDS:.0f} s; its log is {self.log}"
        )

    def _not_started(self, port: int, code: int) -> LaptopError:
        if code == _PORT_TAKEN:
            return _taken(port)
        if code == _REFUSED and (why := refusal.take(self.state)):
            return why
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        shown = "\n    ".join(lines)
        return LaptopError(
            f"the laptop cloud ended while starting (exit code {code}):\n    {shown}"
        )

    def stop(self) -> bool:
        """End it and every run in it; says whether it was up.

        Raises:
            LaptopError: It could not be ended.
        """
        if not self.state.is_dir():
            return False
        with self._alone():
            up = self.status()
            if up is None:
                return False
            os.kill(up.pid, signal.SIGTERM)
            if not pids.ends(up.pid, _STOP_SECONDS):
                os.kill(up.pid, signal.SIGKILL)
                if not pids.ends(up.pid, _STOP_SECONDS):
                    raise LaptopError(f"the laptop cloud (pid {up.pid}) does not end")
                processes.end_orphans(self.state / "runs")
            self._file.remove_stale()
            return True

    def forget(self) -> bool:
        """End it and drop all that it keeps: lake, ledger, runs; says whether there was anything.

        Raises:
            LaptopError: It could not be ended.
        """
        self.stop()
        if not self.state.is_dir():
            return False
        with self._alone():
            kept = [self.state / name for name in _KEPT if (self.state / name).exists()]
            for path in kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        return bool(kept)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Two commands at once must not start two servers in one folder.
        with (self.state / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def deploy(self, assembly: Path, on_progress: Callable[[str], None]) -> Deployment:
        """Bring the cloud to what a cloud assembly says: assets, then stacks in their order.

        Args:
            assembly: The folder that `cdk synth` wrote (`cdk.out`), or one Stage's inside it.
            on_progress: Told each step, in words.

        Raises:
            LaptopError: It is not up, the assembly is for another account or Region, or a stack
                was refused or failed; what was there before is still there.
        """
        # boto3 takes a third of a second, and only this needs it.
        from sparklaptop.deploy import deploy  # noqa: PLC0415

        start = time.monotonic()
        up = self._must_be_up()
        done = deploy(
            assembly,
            endpoint=up.endpoint,
            account=up.account,
            region=up.region,
            on_progress=on_progress,
        )
        return Deployment(
            created=done.created,
            updated=done.updated,
            unchanged=done.unchanged,
            seconds=time.monotonic() - start,
        )

    def plan(
        self, request: Mapping[str, Any], application_id: str, *, folder: Path | None = None
    ) -> Plan:
        """The command with which a StartJobRun request would run here.

        Args:
            request: The request, spelled as in the API or as in a state machine.
            application_id: Its application.
            folder: Where it would work. Default: the folder of the laptop cloud.

        Raises:
            LaptopError: It is not up, a tool is missing, or the request is refused.
        """
        up = self._must_be_up()
        content = {
            "request": request,
            "application_id": application_id,
            "folder": str(folder or self.state),
        }
        answer = control.post(
            up.endpoint, "/_sparkrail/plan", content, timeout_seconds=_START_SECONDS
        )
        if "error" in answer:
            raise LaptopError(answer["error"], next_command=answer.get("next"))
        return Plan(
            argv=tuple(answer["argv"]),
            environment=answer["environment"],
            archives=tuple(Archive(**one) for one in answer["archives"]),
            rewritten=answer["rewritten"],
            notes=tuple(answer["notes"]),
        )

    def faults(self) -> Breaker:
        """What breaks in it on purpose; it must be up when something is asked of this."""
        return Breaker(lambda: self._must_be_up().endpoint)

    def advance_clock(self, seconds: float) -> None:
        """Move the clock of the schedules on; what is due until then is due now.

        Args:
            seconds: How far; back if negative.
        """
        content = {"advance_seconds": seconds}
        up = self._must_be_up()
        answer = control.post(
            up.endpoint, "/_sparkrail/clock", content, timeout_seconds=_START_SECONDS
        )
        if "error" in answer:
            raise LaptopError(answer["error"], next_command=answer.get("next"))

    def _must_be_up(self) -> Status:
        up = self.status()
        if up is None:
            raise LaptopError("the laptop cloud is not up.", next_command="sparkrail up")
        return up


def _chosen(port: int | None) -> int:
    if port is not None:
        if not ports.is_free(port):
            raise _taken(port)
        return port
    free = ports.free_port()
    if free is None:
        raise _taken(ports.DEFAULT_PORT)
    return free


def _taken(port: int) -> LaptopError:
    who = ports.holder(port)
    by = f" by {who}" if who else ""
    return LaptopError(
        f"port {port} is taken{by}.", next_command="sparkrail up (without --port: it finds one)"
    )
