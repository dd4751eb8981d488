"""A job: what `spark_jobs/<job>/job.toml` says, or a program built."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sparkmodel.base import Flag, Model, Number, Text, Whole, not_built
from sparkmodel.iam import IamStatement
from sparkmodel.inputs import Input, Output
from sparkmodel.names import DashedName, Identifier, JobName
from sparkmodel.parameters import Parameter
from sparkmodel.problems import refuse
from sparkmodel.spark import Spark
from sparkmodel.trigger import Trigger

ENTRY_POINT = "main.py"
_SECRET = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")


def _only_batch(kind: str) -> str:
    if kind != "batch":
        raise refuse(
            'is not built yet. Allowed: "batch". Instead: a batch job with '
            'trigger = { rate = "15 minutes" } reads what has arrived since.'
        )
    return kind


def _secret(name: str) -> str:
    if not _SECRET.fullmatch(name):
        raise refuse("is not the name of a secret: letters, digits and /_+=.@-, not its value.")
    return name


class Run(Model):
    """How long and how often a run is tried, and how much bad input it bears.

    Args:
        timeout_minutes: Longest time that Spark may run. Default: 60 minutes.
        attempts: How often a run is tried in all. Default: 3.
        quarantine_percent: Share of rows that may go to quarantine; a run with more fails before
            it publishes. Default: 10 percent.
    """

    timeout_minutes: Whole = Field(default=60, ge=1, le=10080, description="Longest run, minutes.")
    attempts: Whole = Field(default=3, ge=1, le=10, description="How often a run is tried in all.")
    quarantine_percent: Number = Field(
        default=10.0, ge=0, le=100, description="Percent of rows that may go to quarantine."
    )


class Job(Model):
    """One job. Built from its manifest, or in Python: `Job(folder=..., team="health")`.

    Args:
        folder: Where its code is; `main.py` in it is the entry point.
        name: What it is called. Default: the folder's name.
        description: What it does.
        team: Whose applications run it.
        kind: batch; streaming is not built yet.
        trigger: What starts a run. Default: only a person does.
        inputs: By the name that the code uses.
        outputs: By the name that the code uses.
        parameters: By the name that the code uses.
        spark: Size, cap and settings. Default: size small, 4 executors.
        run: Timeout, attempts, quarantine. Default: 60 minutes, 3, 10 percent.
        interval: The period that a run stands for. Not built yet.
        secrets: Names in Secrets Manager by the name that the code uses; read when a run starts.
        iam: Permissions beyond what follows from inputs and outputs.
        has_extend: Whether the folder has an `extend.py`. The reader looks.

    Raises:
        ValidationError: Something in it cannot be; see the fields.
    """

    format: Literal[1] = Field(default=1, description="Version of this format: 1.")
    name: JobName
    folder: Path
    description: Text = Field(default="", description="What the job does, in one line.")
    team: DashedName = Field(description="Whose applications run the job.")
    kind: Annotated[Literal["batch", "streaming"], AfterValidator(_only_batch)] = Field(
        default="batch", description="batch.", json_schema_extra={"enum": ["batch"]}
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
    interval: Annotated[
        dict[str, object] | None,
        not_built("Without it the job is a snapshot job: each run reads all of its inputs."),
    ] = Field(default=None, description="Not built yet.")
    secrets: dict[Identifier, Annotated[Text, AfterValidator(_secret)]] = Field(
        default_factory=dict, description="Names in Secrets Manager, read when a run starts."
    )
    iam: tuple[IamStatement, ...] = Field(
        default=(), description="Permissions beyond those that follow from inputs and outputs."
    )
    has_extend: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _named_like_its_folder(cls, given: object) -> object:
        if not isinstance(given, dict) or "name" in given:
            return given
        if isinstance(given.get("folder"), str | Path):
            return {"name": Path(given["folder"]).name, **given}
        return given

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

    @property
    def entry_point(self) -> Path:
        """The file that Spark runs."""
        return self.folder / ENTRY_POINT
