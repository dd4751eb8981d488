"""What starts a run of a job."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from sparkmodel.base import Model, Whole
from sparkmodel.event_pattern import EventPattern
from sparkmodel.names import Identifier, TableName
from sparkmodel.problems import listed, refuse
from sparkmodel.schedule import FIRST_RELEASE, CronFields, Moment, Rate, TimeZone, never_fires

Kind = Literal["cron", "rate", "at", "tables", "files", "event"]
Overlap = Literal["skip", "queue", "cancel"]

SCHEDULES: tuple[Kind, ...] = ("cron", "rate", "at")
KINDS: tuple[Kind, ...] = (*SCHEDULES, "tables", "files", "event")


def _without_default(schema: dict[str, Any]) -> None:
    del schema["default"]  # it depends on the kind of trigger


class Trigger(Model):
    """What starts a run. Exactly one of cron, rate, at, tables, files, event.

    Args:
        cron: Six fields of AWS's cron: minute hour day-of-month month day-of-week year.
        rate: A period, such as "15 minutes".
        at: One moment, such as "2026-11-21T06:30:00".
        tables: Start when all of these tables have been written for the same interval.
        files: Start when new files of this input have settled.
        settle_minutes: How long the input must be quiet, in minutes. With `files` only. Default: 5.
        event: An event pattern of EventBridge: start at each event that it matches.
        timezone: IANA zone of `cron`, `at` and the job's interval. Default: UTC.
        overlap: What happens to a run that finds the job busy: it is skipped, it queues, or it
            cancels the older run. Default: skip for schedules, queue for the others.

    Raises:
        ValidationError: It is no trigger, or one that never fires.
    """

    cron: CronFields | None = Field(
        default=None, description="minute hour day-of-month month day-of-week year, as AWS has it."
    )
    rate: Rate | None = Field(default=None, description='A period, such as "15 minutes".')
    at: Moment | None = Field(
        default=None, description='One moment, such as "2026-11-21T06:30:00".'
    )
    tables: tuple[TableName, ...] | None = Field(
        default=None,
        min_length=1,
        description="Inputs' tables: start when all have been written for the same interval.",
    )
    files: Identifier | None = Field(
        default=None, description="An input: start when new files of it have settled."
    )
    settle_minutes: Whole = Field(
        default=5, ge=1, le=1440, description="With files: quiet minutes that end a batch."
    )
    event: EventPattern | None = Field(
        default=None, description="An event pattern of EventBridge: start at each match."
    )
    timezone: TimeZone = Field(
        default="UTC",
        description='Time zone of cron, at and the job\'s interval, such as "Europe/Madrid".',
    )
    overlap: Overlap = Field(
        default="skip",
        description="What happens to a run that finds the job busy: skip, queue, or cancel the "
        "older. Default: skip for schedules, queue for the others.",
        json_schema_extra=_without_default,
    )

    @model_validator(mode="before")
    @classmethod
    def _queue_what_comes_only_once(cls, given: object) -> object:
        if isinstance(given, dict) and {"tables", "files", "event"} & given.keys():
            return {"overlap": "queue", **given}
        return given

    @model_validator(mode="after")
    def _one_kind(self) -> Trigger:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            given = f"both {' and '.join(kinds)}" if kinds else "nothing that starts a run"
            raise refuse(f"has {given}. Give exactly one of {listed(KINDS)}.")
        return self

    @model_validator(mode="after")
    def _fires(self) -> Trigger:
        if self.is_schedule and never_fires(self.expression, self.timezone):
            raise refuse(
                f"never fires: there is no such moment in {self.timezone} from "
                f"{FIRST_RELEASE.year} on.",
                at=(self.kind,),
            )
        return self

    @model_validator(mode="after")
    def _each_table_once(self) -> Trigger:
        for number, table in enumerate(self.tables or ()):
            if table in (self.tables or ())[:number]:
                raise refuse("is there twice.", at=("tables", str(number)))
        return self

    @model_validator(mode="after")
    def _settles(self) -> Trigger:
        if "settle_minutes" in self.model_fields_set and self.kind != "files":
            raise refuse('goes with files = "<input>" only.', at=("settle_minutes",))
        if self.kind == "files" and self.overlap != "queue":
            raise refuse(
                f"would lose data: the files of a run that is {_LOST[self.overlap]} are never read "
                'again. Allowed with files: "queue".',
                at=("overlap",),
            )
        return self

    @property
    def kind(self) -> Kind:
        """Which of cron, rate, at, tables, files and event it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def is_schedule(self) -> bool:
        """Whether EventBridge Scheduler starts the runs: cron, rate or at."""
        return self.kind in SCHEDULES

    @property
    def expression(self) -> str:
        """As EventBridge Scheduler takes it: `cron(...)`, `rate(...)` or `at(...)`.

        Raises:
            ValueError: The trigger is no schedule.
        """
        if not self.is_schedule:
            raise ValueError(f"a trigger by {self.kind} has no schedule")
        return f"{self.kind}({getattr(self, self.kind)})"


_LOST = {"skip": "skipped", "cancel": "cancelled"}
