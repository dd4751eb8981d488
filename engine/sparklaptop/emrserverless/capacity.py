"""How much of an application a run takes: workers, vCPU, GB and disk, as EMR Serverless counts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Defaults of EMR Serverless (guide, "Spark job parameters").
_CORES, _HEAP, _DISK, _INSTANCES = 4, "14G", "20G", 3
_UNITS_MIB = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024 * 1024}
_OVERHEAD_FACTOR, _OVERHEAD_MIB = 0.1, 384


@dataclass(frozen=True, kw_only=True)
class Amount:
    """An amount of an application's capacity."""

    vcpu: float = 0
    memory_gb: float = 0
    disk_gb: float = 0

    def __add__(self, other: Amount) -> Amount:
        """The sum of both."""
        return Amount(
            vcpu=self.vcpu + other.vcpu,
            memory_gb=self.memory_gb + other.memory_gb,
            disk_gb=self.disk_gb + other.disk_gb,
        )

    def times(self, count: int) -> Amount:
        """So many of it."""
        return Amount(
            vcpu=self.vcpu * count, memory_gb=self.memory_gb * count, disk_gb=self.disk_gb * count
        )

    def fits(self, limit: Amount) -> bool:
        """Whether it is within a limit in every dimension."""
        return (
            self.vcpu <= limit.vcpu
            and self.memory_gb <= limit.memory_gb
            and self.disk_gb <= limit.disk_gb
        )

    def __str__(self) -> str:
        return f"{self.vcpu:g} vCPU, {self.memory_gb:g} GB, {self.disk_gb:g} GB disk"


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a run asks for: its driver, one executor, and how many of these at most."""

    driver: Amount
    executor: Amount
    max_executors: int | None

    @property
    def least(self) -> Amount:
        """Without this it cannot run: the driver and one executor."""
        return self.driver + self.executor

    def granted(self, free: Amount) -> Amount:
        """What it takes of what is free: the driver and as many executors as fit."""
        count = 1
        most = self.max_executors if self.max_executors is not None else 10_000
        while count < most and (self.driver + self.executor.times(count + 1)).fits(free):
            count += 1
        return self.driver + self.executor.times(count)


def demand(conf: Mapping[str, str]) -> Demand:
    """What the settings of a run ask for."""
    dynamic = conf.get("spark.dynamicAllocation.enabled", "true") == "true"
    if dynamic:
        most = conf.get("spark.dynamicAllocation.maxExecutors")
    else:
        most = conf.get("spark.executor.instances", str(_INSTANCES))
    count = int(most) if most and most != "infinity" else None
    return Demand(
        driver=_worker(conf, "driver"), executor=_worker(conf, "executor"), max_executors=count
    )


def maximum(capacity: Mapping[str, Any] | None) -> Amount | None:
    """An application's MaximumCapacity; None is no limit."""
    if not capacity:
        return None
    disk = capacity.get("disk")
    return Amount(
        vcpu=_number(str(capacity["cpu"])),
        memory_gb=_number(str(capacity["memory"])),
        disk_gb=_number(str(disk)) if disk else math.inf,
    )


def _worker(conf: Mapping[str, str], role: str) -> Amount:
    heap = _mib(conf.get(f"spark.{role}.memory", _HEAP))
    overhead = conf.get(f"spark.{role}.memoryOverhead")
    extra = _mib(overhead) if overhead else max(_OVERHEAD_MIB, heap * _OVERHEAD_FACTOR)
    disk = conf.get(f"spark.emr-serverless.{role}.disk", _DISK)
    return Amount(
        vcpu=int(conf.get(f"spark.{role}.cores", _CORES)),
        memory_gb=math.ceil((heap + extra) / 1024),
        disk_gb=_mib(disk) / 1024,
    )


def _mib(text: str) -> float:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgtKMGT]?)[iI]?[bB]?\s*", text)
    if found is None:
        raise ValueError(f"{text!r} is not an amount of memory, like 14g")
    return float(found.group(1)) * _UNITS_MIB[(found.group(2) or "m").lower()]


def _number(text: str) -> float:
    found = re.match(r"\s*(\d+(?:\.\d+)?)", text)
    if found is None:
        raise ValueError(f"{text!r} is not an amount of capacity, like 400 vCPU")
    return float(found.group(1))
