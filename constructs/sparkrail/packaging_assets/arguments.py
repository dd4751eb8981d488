"""What a job is told on its command line: where its inputs and outputs are, and its limits.

A stream is told of Kafka's brokers and of its generation when it is started, like a run of its key.
"""

from __future__ import annotations

from collections.abc import Iterator

from sparkmodel import Input, Job, Stream
from sparkmodel.table import QUARANTINE_SUFFIX
from sparkrail.identity.stream_files import control_prefix
from sparkrail.names import Names

PLATFORM_BUCKETS = {"raw": "${RawBucketName}"}
"""Buckets that a path may begin with, as placeholders of the machine's definition."""


def job_arguments(job: Job, *, names: Names) -> list[str]:
    """List the arguments that are the same in every run of a job, in every start of a stream.

    Args:
        job: Names inputs, outputs, parameters and the interval.
        names: Of the environment.
    """
    return [
        *("--job", job.name),
        *_data(job, names),
        *_parameters(job),
        *_interval(job),
        *(_stream(job, job.stream) if job.stream else _reports(job)),
    ]


def location(source: Input, *, names: Names) -> str:
    """Say where an input is: an s3:// URI, a table of the catalog, or a topic.

    >>> location(Input(path="s3://theirs/x/"), names=None)
    's3://theirs/x/'
    """
    if source.table:
        return names.table(source.table)
    if source.topic:
        return f"topic:{source.topic}"
    path = str(source.path)
    if path.startswith("s3://"):
        return path
    bucket, _, prefix = path.partition("/")
    return f"s3://{PLATFORM_BUCKETS[bucket]}/{prefix}"


def quarantine_table(job: Job) -> str | None:
    """Name the table for refused rows as contracts do: beside the job's first output."""
    first = next(iter(job.outputs.values()), None)
    return f"{first.table}{QUARANTINE_SUFFIX}" if first else None


def _data(job: Job, names: Names) -> Iterator[str]:
    for name, source in sorted(job.inputs.items()):
        yield from ("--input", f"{name}={location(source, names=names)}")
    for name, output in sorted(job.outputs.items()):
        yield from ("--output", f"{name}={names.table(output.table)}")
    for table in job.maintains:
        yield from ("--output", f"{table}={names.table(table)}")
    if quarantine := quarantine_table(job):
        yield from ("--quarantine", names.table(quarantine))
    yield from ("--quarantine-percent", f"{job.run.quarantine_percent:g}")


def _parameters(job: Job) -> Iterator[str]:
    for name, parameter in sorted(job.parameters.items()):
        yield from ("--parameter", f"{name}={parameter.text}")


def _interval(job: Job) -> Iterator[str]:
    if job.interval is not None:
        yield from ("--interval-every", job.interval.every)
        yield from ("--interval-lookback", str(job.interval.lookback))
        yield from ("--interval-timezone", job.timezone)
        yield from ("--interval-run-keys", job.run_keys)


def _reports(job: Job) -> Iterator[str]:
    yield from ("--reports", f"s3://${{LogsBucketName}}/reports/{job.name}/")


def _stream(job: Job, stream: Stream) -> Iterator[str]:
    yield from ("--checkpoint", f"s3://${{CheckpointsBucketName}}/{job.checkpoint_prefix}")
    yield from ("--control", f"s3://${{LogsBucketName}}/{control_prefix(job.name)}")
    yield from ("--stream-version", "${Version}")
    yield from ("--cadence-seconds", str(stream.cadence_seconds))
    yield from ("--max-offsets", str(stream.max_offsets))
    yield from ("--start", stream.start)
    yield from ("--state-version", str(stream.state_version))
    yield from ("--quarantine-minimum", str(stream.quarantine_minimum))
