"""What Spark is told beside that when a job is a stream: of its state, and of its fleet."""

from __future__ import annotations

from collections.abc import Mapping

from sparkmodel import Job
from sparkmodel.state_memory import STATE_MEMORY_KEY, state_memory_mib

_STORE = "spark.sql.streaming.stateStore"
_TASKS_PER_CORE = 2
_IDLE_SECONDS = 300

_STATE = {
    f"{_STORE}.providerClass": (
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
    ),
    # A micro-batch writes what it changed, not files of the whole state.
    f"{_STORE}.rocksdb.changelogCheckpointing.enabled": "true",
    f"{_STORE}.rocksdb.boundedMemoryUsage": "true",
    f"{_STORE}.maintenanceInterval": "60s",
    # To how many micro-batches back a checkpoint can be read; each is files that are listed.
    "spark.sql.streaming.minBatchesToRetain": "50",
    "spark.sql.streaming.metricsEnabled": "true",
    # Else each file of a checkpoint is followed by a call that deletes the markers of its folders,
    # those above what the role may touch too. (Hadoop S3A, directory markers; 3.4's default.)
    "spark.hadoop.fs.s3a.directory.marker.retention": "keep",
}


def stream_conf(job: Job) -> Mapping[str, str]:
    """Write Spark's settings of a stream; nothing for a batch job.

    Args:
        job: Says how large it is, how often it works and which fleet it wants.
    """
    if job.stream is None:
        return {}
    return {
        **_STATE,
        STATE_MEMORY_KEY: str(state_memory_mib(job)),
        "spark.sql.shuffle.partitions": str(_partitions(job)),
        **(_fixed(job) if job.stream.fleet == "fixed" else _elastic(job.stream.cadence_seconds)),
    }


def _partitions(job: Job) -> int:
    """Parts of the state, for good: the first start writes the number into the checkpoint.

    Spark's default of 200 would be 200 stores to open, and later settings are not heard.
    (Structured Streaming guide, recovery semantics after changes.)
    """
    return _TASKS_PER_CORE * job.spark.max_executors * job.spark.executor.vcpu


def _fixed(job: Job) -> Mapping[str, str]:
    return {
        "spark.dynamicAllocation.enabled": "false",
        "spark.executor.instances": str(job.spark.max_executors),
    }


def _elastic(cadence_seconds: int) -> Mapping[str, str]:
    """Let no executor go between two micro-batches: it would take its state with it."""
    idle = max(_IDLE_SECONDS, 2 * cadence_seconds)
    return {"spark.dynamicAllocation.executorIdleTimeout": f"{idle}s"}
