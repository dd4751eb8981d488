"""The clusters of a laptop cloud: started when somebody asks where their brokers are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from sparklaptop.emrserverless.settings import Settings
from sparklaptop.kafka import certificates
from sparklaptop.kafka.cluster import Cluster
from sparklaptop.kafka.configuration import Door

log = logging.getLogger(__name__)


class Brokers:
    """Starts and ends clusters; what they hold is in `kafka/` of the laptop cloud's folder.

    Args:
        settings: Of this server.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stores = certificates.stores(settings.state)
        self._clusters: dict[str, Cluster] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._out: set[str] = set()

    def bootstrap(self, arn: str) -> str:
        """Where the brokers of a cluster are, under IAM; they are started if they do not run.

        Args:
            arn: Of the cluster.

        Raises:
            LaptopError: They cannot be started; says why.
        """
        with self._lock:
            cluster = self._cluster(arn)
            # During an outage the addresses are those that nobody answers at.
            if None in cluster.pids and not self._closed and arn not in self._out:
                cluster.start()
            return cluster.iam_bootstrap

    def cluster(self, arn: str) -> Cluster:
        """A cluster, running or not; it is there even if nobody has asked for it yet."""
        with self._lock:
            return self._cluster(arn)

    def running(self) -> Mapping[str, tuple[int | None, ...]]:
        """Process ids of the brokers that were started, by ARN of their cluster."""
        return {arn: cluster.pids for arn, cluster in list(self._clusters.items())}

    def outage(self, *, every: bool, seconds: float) -> int:
        """Kill brokers as a crash would, and start them again later.

        Args:
            every: Whether all brokers of each cluster, or only the first that runs.
            seconds: For how long they are away.

        Returns:
            How many were killed.
        """
        with self._lock:
            killed = 0
            for arn, cluster in self._clusters.items():
                running = [number for number, pid in enumerate(cluster.pids, 1) if pid]
                for number in running if every else running[:1]:
                    cluster.kill(number)
                    killed += 1
                self._out.add(arn)
        later = threading.Timer(seconds, self._back)
        later.daemon = True
        later.start()
        return killed

    def _back(self) -> None:
        with self._lock:
            for arn in self._out:
                if not self._closed and arn in self._clusters:
                    self._clusters[arn].start()
            self._out.clear()

    def forget(self, arn: str) -> None:
        """End a cluster's brokers and drop what it holds."""
        with self._lock:
            self._cluster(arn).forget()
            del self._clusters[arn]

    def close(self) -> None:
        """End every broker; what they hold stays."""
        with self._lock:
            self._closed = True
            for cluster in self._clusters.values():
                cluster.stop()

    def _cluster(self, arn: str) -> Cluster:
        if arn not in self._clusters:
            self._stores.make()
            door = Door(
                cloud=self._settings.endpoint,
                cluster=arn,
                key_store=self._stores.key_store,
                password=certificates.PASSWORD,
            )
            home = self._settings.state / "kafka" / arn.rsplit("/", 1)[-1]
            self._clusters[arn] = Cluster(home, nodes=self._settings.brokers, door=door)
        return self._clusters[arn]
