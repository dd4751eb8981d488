"""Workers of EMR Serverless: which shapes exist, what they are called, what heap fits in them.

Memory is counted in GB as EMR Serverless does, where 1 GB is 1024 MiB.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field, model_validator

from sparkmodel.base import Model, Whole
from sparkmodel.problems import listed, refuse

MEMORY_GB: Mapping[int, range] = MappingProxyType(
    {
        1: range(2, 9),
        2: range(4, 17),
        4: range(8, 31),
        8: range(16, 61, 4),
        16: range(32, 121, 8),
    }
)
"""Memory in GB that a worker of so many vCPU may have. (EMR Serverless guide, worker
configurations.)"""

MEMORY_GB_PER_VCPU = 8
"""No shape has more memory per vCPU, so an application with this much is capped by vCPU alone."""

DISK_GB = range(20, 201)
"""Standard disk of a worker; the first 20 GB are free. (EMR Serverless guide.)"""

OVERHEAD_FACTOR = 0.10
"""Spark's default for `spark.executor.memoryOverheadFactor`."""

MIN_OVERHEAD_MIB = 384
"""The least overhead that Spark adds to a heap. (Spark configuration page.)"""


def heap_mib(memory_gb: int, overhead_factor: float = OVERHEAD_FACTOR) -> int:
    """Largest JVM heap, in MiB, that fits a worker of `memory_gb` GB beside its overhead.

    Spark adds max(384 MiB, overhead_factor * heap) on top of the heap, and EMR Serverless rounds
    the sum up to the next worker size, so a heap of exactly 16 GB would cost an 18 GB worker.
    (Spark configuration page, `spark.executor.memoryOverheadFactor`; EMR Serverless guide, worker
    configurations.)

    >>> [heap_mib(gb) for gb in (2, 16, 30, 120)]
    [1664, 14894, 27927, 111709]
    """
    total = memory_gb * 1024
    return min(total - MIN_OVERHEAD_MIB, int(total / (1 + overhead_factor)))


def memory_choices(vcpu: int) -> str:
    """Say in words what memory a worker of `vcpu` vCPU may have.

    >>> memory_choices(4)
    '8 to 30 GB'
    >>> memory_choices(8)
    '16 to 60 GB in steps of 4'
    """
    shapes = MEMORY_GB[vcpu]
    steps = f" in steps of {shapes.step}" if shapes.step > 1 else ""
    return f"{shapes[0]} to {shapes[-1]} GB{steps}"


class Worker(Model):
    """The shape of a driver or an executor.

    Args:
        vcpu: 1, 2, 4, 8 or 16.
        memory_gb: Heap and overhead together, in GB; what is possible depends on `vcpu`.
        disk_gb: Standard disk, in GB. Default: 20, which is free.

    Raises:
        ValidationError: EMR Serverless has no worker of this shape.
    """

    vcpu: Whole = Field(
        description="vCPU: 1, 2, 4, 8 or 16.", json_schema_extra={"enum": list(MEMORY_GB)}
    )
    memory_gb: Whole = Field(description="Memory in GB, heap and overhead together.")
    disk_gb: Whole = Field(
        default=DISK_GB[0],
        ge=DISK_GB[0],
        le=DISK_GB[-1],
        description="Disk in GB; the first 20 are free.",
    )

    @model_validator(mode="after")
    def _exists(self) -> Worker:
        if self.vcpu not in MEMORY_GB:
            raise refuse(
                f"is not a number of vCPU that a worker can have: {listed(map(str, MEMORY_GB))}.",
                at=("vcpu",),
            )
        if self.memory_gb not in MEMORY_GB[self.vcpu]:
            raise refuse(
                f"is not a worker: {self.vcpu} vCPU cannot have {self.memory_gb} GB. {self.vcpu} "
                f"vCPU allows {memory_choices(self.vcpu)}.{_next_size(self.memory_gb)}"
            )
        return self

    @property
    def heap_mib(self) -> int:
        """Largest JVM heap in MiB for Spark's default overhead."""
        return heap_mib(self.memory_gb)

    def __str__(self) -> str:
        return f"{self.vcpu} vCPU, {self.memory_gb} GB"


def _next_size(memory_gb: int) -> str:
    fitting = [vcpu for vcpu, shapes in MEMORY_GB.items() if memory_gb in shapes]
    return f" {memory_gb} GB needs {listed(map(str, fitting))} vCPU." if fitting else ""


SIZES: Mapping[str, Worker] = MappingProxyType(
    {
        "xsmall": Worker(vcpu=2, memory_gb=8),
        "small": Worker(vcpu=4, memory_gb=16),
        "medium": Worker(vcpu=4, memory_gb=30),
        "large": Worker(vcpu=8, memory_gb=60),
        "xlarge": Worker(vcpu=16, memory_gb=120),
    }
)
"""Named sizes; a size is the shape of the driver and of every executor."""

DEFAULT_SIZE = "small"


def sizes_in_words() -> str:
    """List the named sizes with their shapes."""
    return listed(f"{name} ({worker})" for name, worker in SIZES.items())
