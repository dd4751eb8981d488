"""What only a streaming job can have, and what none can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sparkmodel.problems import Finding

if TYPE_CHECKING:
    from sparkmodel.job import Job

_INSTEAD = "Instead: a batch job that reads the table which the stream writes."
_KEYS_OF_RUNS = {
    "trigger": f"starts runs, and a stream has none: it always runs. Leave it out. {_INSTEAD}",
    "interval": f"is the period of a run, and a stream has no runs. Leave it out. {_INSTEAD}",
}
_ONE_EACH = "Write another streaming job for it."
_KEYS_OF_A_RUN = {
    "timeout_minutes": "ends a run, and a stream never ends by itself. Leave it out.",
    "attempts": "counts the attempts of a run. Instead: stream.attempts_per_hour.",
}


def kind_findings(job: Job) -> Iterator[Finding]:
    """Say which keys of a job do not go with its kind.

    Args:
        job: The job.
    """
    yield from _of_a_stream(job) if job.kind == "streaming" else _of_a_batch_job(job)


def _of_a_batch_job(job: Job) -> Iterator[Finding]:
    if job.stream is not None:
        text = 'is there for streaming jobs only. Leave it out, or set kind = "streaming".'
        yield Finding(path=("stream",), text=text)
    for name, each in job.inputs.items():
        if each.topic is not None:
            text = (
                'is read by streaming jobs only. Set kind = "streaming", or read the table that a '
                "stream writes."
            )
            yield Finding(path=("inputs", name, "topic"), text=text)


def _of_a_stream(job: Job) -> Iterator[Finding]:
    for key, text in _KEYS_OF_RUNS.items():
        if getattr(job, key) is not None:
            yield Finding(path=(key,), text=text)
    for key, text in _KEYS_OF_A_RUN.items():
        if key in job.run.model_fields_set:
            yield Finding(path=("run", key), text=text)
    yield from _inputs(job)
    yield from _outputs(job)


def _inputs(job: Job) -> Iterator[Finding]:
    topics = [name for name, each in job.inputs.items() if each.topic is not None]
    if not topics:
        text = 'has no topic, and a stream reads one: <name> = { topic = "..." }.'
        yield Finding(path=("inputs",), text=text)
    for name in topics[1:]:
        text = f"is one topic too many: the stream reads inputs.{topics[0]}. {_ONE_EACH}"
        yield Finding(path=("inputs", name, "topic"), text=text)
    for name, each in job.inputs.items():
        if each.path is not None:
            text = "is not read by a stream: it reads one topic, and tables besides."
            yield Finding(path=("inputs", name, "path"), text=text)


def _outputs(job: Job) -> Iterator[Finding]:
    if not job.outputs:
        text = 'has no table, and a stream writes one: <name> = { table = "database.table" }.'
        yield Finding(path=("outputs",), text=text)
    first, *more = list(job.outputs) or [""]
    for name in more:
        text = f"is one table too many: the stream writes outputs.{first}. {_ONE_EACH}"
        yield Finding(path=("outputs", name, "table"), text=text)
