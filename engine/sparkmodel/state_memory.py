"""How much memory the state of a stream may take beside the heap of an executor.

RocksDB keeps its caches and write buffers outside the JVM's heap. All state stores of an executor
share one bound, and what they take beyond the worker's overhead kills the worker. (Spark's
Structured Streaming guide, "RocksDB State Store Memory Management".)
"""

from __future__ import annotations

from collections.abc import Iterator

from sparkmodel.job import Job
from sparkmodel.problems import Finding

STATE_MEMORY_KEY = "spark.sql.streaming.stateStore.rocksdb.maxMemoryUsageMB"
"""Spark's bound of all state stores of an executor, in MiB."""

STATE_SHARE = 0.5
"""Share of the overhead that is for state; Python's workers and the JVM itself have the rest."""

_MIB_PER_GB = 1024


def overhead_mib(job: Job) -> int:
    """Memory of an executor beside its heap, in MiB.

    Args:
        job: Says how large its executors are.
    """
    executor = job.spark.executor
    return executor.memory_gb * _MIB_PER_GB - executor.heap_mib


def state_memory_mib(job: Job) -> int:
    """Most memory of a stream's state in an executor, in MiB: the job's own word, or half its room.

    Args:
        job: Says how large its executors are, and may set the bound itself.

    >>> from pathlib import Path
    >>> state_memory_mib(Job(folder=Path("sales"), team="shop"))
    745
    """
    own = job.spark.conf.get(STATE_MEMORY_KEY, "")
    return int(own) if own.isdigit() else int(overhead_mib(job) * STATE_SHARE)


def state_memory_findings(job: Job) -> Iterator[Finding]:
    """Say if a stream asks for more memory for its state than its executors have beside the heap.

    Args:
        job: Of any kind.
    """
    own = job.spark.conf.get(STATE_MEMORY_KEY)
    if job.stream is None or own is None:
        return
    path = ("spark", "conf", STATE_MEMORY_KEY)
    room = overhead_mib(job)
    if not own.isdigit() or int(own) == 0:
        yield Finding(path=path, text=f'must be a whole number of MiB, such as "{room // 2}".')
    elif int(own) > room:
        yield Finding(
            path=path,
            text=(
                f"does not fit: an executor of {job.spark.executor} has {room} MiB beside its "
                f"heap, which Python shares. Leave it out, which means {room // 2}, or choose a "
                "larger spark.size."
            ),
        )
