"""A cluster of Kafka brokers (KRaft) that keeps what it holds from one start to the next."""

from __future__ import annotations

import base64
import json
import random
import shutil
import uuid
from pathlib import Path
from typing import Any

from sparklaptop.emrserverless import processes
from sparklaptop.errors import LaptopError
from sparklaptop.kafka import readiness
from sparklaptop.kafka.configuration import Door, Ports, properties
from sparklaptop.kafka.node import Node
from sparklaptop.kafka.software import runtime
from sparklaptop.ports import HOST, is_free

_START_SECONDS = 90
# Below the ports that the system gives to connections, so that none of them takes one away.
_FIRST_PORT, _LAST_PORT = 18_000, 32_000
_PORTS_OF_A_NODE = 3
_SIZES = (1, 3)


class Cluster:
    """A real Kafka cluster on 127.0.0.1, with the limits of MSK Serverless.

    Args:
        home: Its folder; what it holds stays there after `stop`.
        nodes: How many brokers: 1 or 3.
        door: Opens a listener under IAM beside the plain one. Default: there is none.

    Raises:
        LaptopError: Another number of nodes.
    """

    def __init__(self, home: Path, *, nodes: int = 1, door: Door | None = None) -> None:
        if nodes not in _SIZES:
            raise LaptopError(f"a cluster on the laptop has 1 or 3 brokers, not {nodes}.")
        self._home = Path(home).resolve()
        self._door = door
        self._nodes = [Node(self._home / f"n{number}") for number in range(1, nodes + 1)]
        self._ports: list[Ports] = []

    def __enter__(self) -> Cluster:
        """Start it."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    @property
    def bootstrap(self) -> str:
        """Where it is reached without any check: HOST:PORT, comma-separated."""
        return ",".join(f"{HOST}:{ports.plain}" for ports in self._ports)

    @property
    def iam_bootstrap(self) -> str:
        """Where it is reached under IAM (SASL_SSL): HOST:PORT, comma-separated."""
        return ",".join(f"{HOST}:{ports.iam}" for ports in self._ports)

    @property
    def pids(self) -> tuple[int | None, ...]:
        """Of its brokers, node 1 first; None for one that does not run."""
        return tuple(node.pid for node in self._nodes)

    def start(self) -> Cluster:
        """Start every broker that does not run, and wait until topics can be used.

        Raises:
            LaptopError: Java or jars are missing, or a broker did not start; with what it said.
        """
        started = runtime()
        self._home.mkdir(parents=True, exist_ok=True)
        if not any(self.pids):
            # Brokers of a process that is gone, whose watch on it did not work.
            processes.end_orphans(self._home)
            self._ports = self._chosen_ports()
        cluster = self._identity()
        for number, node in enumerate(self._nodes, 1):
            settings = properties(number, self._ports, node.data, self._door)
            node.start(started, cluster, settings)
        self._await()
        return self

    def stop(self) -> None:
        """End every broker; what they hold stays."""
        for node in self._nodes:
            node.ask_to_end()
        for node in self._nodes:
            node.wait()

    def kill(self, node: int) -> None:
        """End one broker as a crash would.

        Args:
            node: Which, from 1.
        """
        self._nodes[node - 1].kill()

    def forget(self) -> None:
        """Stop it and drop what it holds."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def _await(self) -> None:
        def gone() -> bool:
            return None in self.pids

        count = len(self._nodes)
        if readiness.wait(self.bootstrap, count, seconds=_START_SECONDS, gone=gone):
            return
        number = next((n for n, pid in enumerate(self.pids, 1) if pid is None), 1)
        said = self._nodes[number - 1].last_words()
        self.stop()
        raise LaptopError(
            f"broker {number} of the Kafka cluster in {self._home} did not start:\n{said}"
        )

    def _identity(self) -> str:
        kept = self._read()
        if "cluster" not in kept:
            # A leading "-" would be read as an option when the first start formats the folder.
            random_part = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
            kept["cluster"] = f"L{random_part}"
            self._write(kept)
        return str(kept["cluster"])

    def _chosen_ports(self) -> list[Ports]:
        """Last time's, so that a client that waits finds it again; others if they are taken."""
        kept = self._read()
        ports = [Ports(**each) for each in kept.get("ports", ())]
        taken = not all(is_free(port) for each in ports for port in vars(each).values())
        if taken or len(ports) != len(self._nodes):
            ports = [Ports(*_free_ports()) for _ in self._nodes]
            self._write({**kept, "ports": [vars(each) for each in ports]})
        return ports

    @property
    def _file(self) -> Path:
        return self._home / "cluster.json"

    def _read(self) -> dict[str, Any]:
        if not self._file.exists():
            return {}
        found: dict[str, Any] = json.loads(self._file.read_text())
        return found

    def _write(self, content: dict[str, Any]) -> None:
        self._file.write_text(json.dumps(content, indent=2) + "\n")


def _free_ports() -> list[int]:
    """Ports of one node, somewhere by chance: two clusters that start at once rarely collide."""
    while True:
        first = random.randrange(_FIRST_PORT, _LAST_PORT, 10)
        wanted = list(range(first, first + _PORTS_OF_A_NODE))
        if all(is_free(port) for port in wanted):
            return wanted
