"""A job: what `spark_jobs/<job>/job.toml` says, or a program built."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sparkmodel.base import Flag, Model, Text
from sparkmodel.iam import IamStatement
from sparkmodel.inputs import RAW_BUCKETS, Input, Output
from sparkmodel.names import DashedName, Identifier, JobName, TableName, TopicName
from sparkmodel.parameters import Parameter
from sparkmodel.problems import listed, nearest, refuse, refuse_all
from sparkmodel.runs import Interval, Run
from sparkmodel.spark import Spark
from sparkmodel.stream import Stream
from sparkmodel.stream_rules import kind_findings
from sparkmodel.trigger import Overlap, Trigger

__all__ = ["ENTRY_POINT", "Interval", "Job", "Run"]

ENTRY_POINT = "main.py"
_WITHOUT_PERIODS = {
    "rate": "a rate counts from the moment of its deploy",
    "files": "files arrive when they will",
    "event": "events come when they will",
}
_SECRET = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")


def _secret(name: str) -> str:
    if not _SECRET.fullmatch(name):
        raise refuse("is not the name of a secret: letters, digits and /_+=.@-, not its value.")
    return name


def _in_platform_bucket(source: Input) -> bool:
    return (source.path or "").partition("/")[0] in RAW_BUCKETS


def _or_none(names: list[str]) -> str:
    return listed(sorted(names)) or "none"


class Job(Model):
    """One job. Built from its manifest, or in Python: `Job(folder=..., team="health")`.

    Args:
        folder: Where its code is; `main.py` in it is the entry point.
        name: What it is called. Default: the folder's name.
        description: What it does.
        team: Whose applications run it.
        kind: batch, whose runs end, or streaming, which always runs. Default: batch.
        trigger: What starts a run. Default: only a person does.
        inputs: By the name that the code uses.
        outputs: By the name that the code uses.
        parameters: By the name that the code uses.
        spark: Size, cap and settings. Default: size small, 4 executors.
        run: Timeout, attempts, quarantine. Default: 60 minutes, 3, 10 percent.
        stream: How a streaming job runs. Default: as `Stream` says; None for a batch job.
        interval: The period that a run stands for. Default: none, a snapshot job: each run reads
            all of its inputs, and it cannot be backfilled.
        secrets: Names in Secrets Manager by the name that the code uses; read when a run starts.
        iam: Permissions beyond what follows from inputs and outputs.
        has_extend: Whether the folder has an `extend.py`. The reader looks.
        maintains: Tables that the job keeps rather than fills: it may read, rewrite and delete
            their files, and tells nobody that they were written. Default: none.
        manages: Topics that the job makes and alters. Default: none.

    Raises:
        ValidationError: Something in it cannot be; see the fields.
    """

    format: Literal[1] = Field(default=1, description="Version of this format: 1.")
    name: JobName
    folder: Path
    description: Text = Field(default="", description="What the job does, in one line.")
    team: DashedName = Field(description="Whose applications run the job.")
    kind: Literal["batch", "streaming"] = Field(
        default="batch", description="batch, or streaming: from a topic into a table, always on."
    )
    trigger: Trigger | None = Field(default=None, description="What starts a run. Absent: by hand.")
    inputs: dict[Identifier, Input] = Field(
        default_factory=dict, description="By the name that the code uses."
    )
    outputs: dict[Identifier, Output] = Field(
        default_factory=dict, description="By the name that the code uses."
    )
    parameters: dict[Identifier, Parameter] = Field(
        default_factory=dict, description="By the name that the code uses."
    )
    spark: Spark = Field(default=Spark(), description="Size, cap and settings of Spark.")
    run: Run = Field(default=Run(), description="Timeout, attempts, quarantine.")
    stream: Stream | None = Field(
        default=None, description="How a streaming job runs; of streaming jobs only."
    )
    interval: Interval | None = Field(
        default=None, description="The period that a run stands for. Absent: a snapshot job."
    )
    secrets: dict[Identifier, Annotated[Text, AfterValidator(_secret)]] = Field(
        default_factory=dict, description="Names in Secrets Manager, read when a run starts."
    )
    iam: tuple[IamStatement, ...] = Field(
        default=(), description="Permissions beyond those that follow from inputs and outputs."
    )
    has_extend: Flag = False
    maintains: tuple[TableName, ...] = ()
    manages: tuple[TopicName, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _named_like_its_folder(cls, given: object) -> object:
        if not isinstance(given, dict) or "name" in given:
            return given
        if isinstance(given.get("folder"), str | Path):
            return {"name": Path(given["folder"]).name, **given}
        return given

    @model_validator(mode="before")
    @classmethod
    def _streams_have_defaults(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("kind") == "streaming":
            return {"stream": {}, **given}
        return given

    @model_validator(mode="after")
    def _keys_of_its_kind(self) -> Job:
        if findings := list(kind_findings(self)):
            raise refuse_all("Job", findings)
        return self

    @model_validator(mode="after")
    def _each_output_once(self) -> Job:
        seen: dict[str, str] = {}
        for name, output in self.outputs.items():
            if output.table in seen:
                raise refuse(
                    f"is also outputs.{seen[output.table]}: a run writes a table once.",
                    at=("outputs", name, "table"),
                )
            seen[output.table] = name
        return self

    @model_validator(mode="after")
    def _starts_from_its_inputs(self) -> Job:
        trigger = self.trigger
        for number, table in enumerate((trigger and trigger.tables) or ()):
            if fault := self._table_fault(table):
                text, near = fault
                raise refuse(text, at=("trigger", "tables", str(number)), nearest=near)
        if trigger and trigger.files is not None and (fault := self._files_fault(trigger.files)):
            text, near = fault
            raise refuse(text, at=("trigger", "files"), nearest=near)
        return self

    def _table_fault(self, table: str) -> tuple[str, str | None] | None:
        if table in {output.table for output in self.outputs.values()}:
            return "is an output of this job: it would start itself again and again.", None
        read = [each.table for each in self.inputs.values() if each.table]
        if table in read:
            return None
        text = f"is not a table that this job reads. Tables among its inputs: {_or_none(read)}."
        return text, nearest(table, read)

    def _files_fault(self, name: str) -> tuple[str, str | None] | None:
        ours = [key for key, each in self.inputs.items() if _in_platform_bucket(each)]
        if name in ours:
            return None
        what = "is not in a bucket of the platform" if name in self.inputs else "is not an input"
        text = f'{what}. Inputs with path = "{RAW_BUCKETS[0]}/...": {_or_none(ours)}.'
        return text, nearest(name, ours)

    @model_validator(mode="after")
    def _runs_have_periods(self) -> Job:
        trigger = self.trigger
        if self.interval is None or trigger is None:
            return self
        if trigger.kind in _WITHOUT_PERIODS:
            why = _WITHOUT_PERIODS[trigger.kind]
            raise refuse(
                f"needs runs whose periods are known beforehand, and {why}. "
                'Instead: trigger = { cron = "..." } or { tables = [...] }, or leave it out.',
                at=("interval",),
            )
        if trigger.overlap == "cancel":
            raise refuse(
                "would leave gaps: each run of a job with an interval stands for a period of its "
                'own. Allowed: "skip", "queue".',
                at=("trigger", "overlap"),
            )
        return self

    @property
    def timezone(self) -> str:
        """IANA zone in which the job's schedule and its periods are meant. By hand: UTC."""
        return self.trigger.timezone if self.trigger else "UTC"

    @property
    def overlap(self) -> Overlap:
        """What happens to a run that finds the job busy. By hand: it is skipped."""
        return self.trigger.overlap if self.trigger else "skip"

    @property
    def run_keys(self) -> Literal["moments", "starts"]:
        """What a run key such as 20261121T063000Z is to the job's interval.

        `moments`: when the run was to start; its period is the last complete one before. `starts`:
        the start of its period, as for jobs that tables trigger or only a person starts.
        """
        scheduled = self.trigger is not None and self.trigger.kind != "tables"
        return "moments" if scheduled else "starts"

    @property
    def topic(self) -> str | None:
        """The topic that a streaming job reads; None for a batch job."""
        return next((each.topic for each in self.inputs.values() if each.topic), None)

    @property
    def needs_brokers(self) -> bool:
        """Whether the job talks to Kafka, so that it is told the brokers and ships Kafka's jars."""
        return self.topic is not None or bool(self.manages)

    @property
    def checkpoint_prefix(self) -> str:
        """Where a stream's checkpoint is in the bucket of checkpoints; empty for a batch job."""
        return f"{self.name}/v{self.stream.state_version}/" if self.stream else ""

    @property
    def entry_point(self) -> Path:
        """The file that Spark runs."""
        return self.folder / ENTRY_POINT
