"""What starts a run of a job."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from sparkmodel.base import Model, Text, Whole
from sparkmodel.cron import CronError, find_zone, next_fire, parse_at, parse_cron, parse_rate
from sparkmodel.names import Identifier, TableName
from sparkmodel.problems import listed, nearest, refuse

FIRST_RELEASE = datetime(2026, 1, 1, tzinfo=UTC)
"""A schedule that never fires after this moment never fires: fixed, since synth has no clock."""

SCHEDULES = ("cron", "rate", "at")
KINDS = (*SCHEDULES, "tables", "files", "event")
_UNIX_FIELDS = 5
_UNIX_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_IN_BRACKETS = re.compile(r"cron\((.*)\)")


def _time_zone(name: str) -> str:
    try:
        find_zone(name)
    except CronError:
        raise refuse(
            'is not a time zone. Allowed are the names of the IANA data base, such as "UTC", '
            '"Europe/Madrid", "America/Lima".',
            nearest=nearest(name, available_timezones()),
        ) from None
    return name


def _cron(fields: str) -> str:
    if match := _IN_BRACKETS.fullmatch(fields.strip()):
        text = "is written without cron( ): the six fields alone."
        raise refuse(text, nearest=_as_aws_cron(match[1].split()))
    try:
        parse_cron(fields)
    except CronError as error:
        raise refuse(str(error), nearest=_as_aws_cron(fields.split())) from None
    return " ".join(fields.split())


def _as_aws_cron(parts: list[str]) -> str | None:
    """Write what was probably meant: Unix has five fields, counts SUN = 0, and knows no ?."""
    if len(parts) == _UNIX_FIELDS:
        parts = [*parts[:4], re.sub(r"[0-7]", lambda day: _UNIX_DAYS[int(day[0])], parts[4]), "*"]
    if len(parts) != _UNIX_FIELDS + 1:
        return None
    minute, hour, day, month, weekday, year = parts
    for days in ((day, weekday), (day, "?"), ("?", weekday)):
        if {day, weekday} - set(days) - {"*"}:
            continue
        meant = " ".join((minute, hour, days[0], month, days[1], year))
        try:
            parse_cron(meant)
        except CronError:
            continue
        return meant
    return None


def _rate(body: str) -> str:
    try:
        parse_rate(body)
    except CronError as error:
        raise refuse(str(error)) from None
    return body


def _at(body: str) -> str:
    try:
        parse_at(body)
    except CronError as error:
        raise refuse(str(error)) from None
    return body


def _only_skip(overlap: str) -> str:
    if overlap != "skip":
        raise refuse(
            'is not built yet. Allowed: "skip", a run that finds the job busy ends as Skipped. '
            "Instead: leave more time between runs, or start the skipped one by hand with "
            "`sparkrail run`."
        )
    return overlap


class Trigger(Model):
    """What starts a run. Exactly one of cron, rate, at; the other kinds are not built yet.

    Args:
        cron: Six fields of AWS's cron: minute hour day-of-month month day-of-week year.
        rate: A period, such as "15 minutes".
        at: One moment, such as "2026-11-21T06:30:00".
        tables: Start when these tables have been written. Not built yet.
        files: Start when files of this input have settled. Not built yet.
        settle_minutes: How long an input must be quiet, in minutes. Not built yet.
        event: An event pattern. Not built yet.
        timezone: IANA zone of `cron` and `at`. Default: UTC.
        overlap: What happens to a run that finds the job busy. Default, and all that is built:
            "skip".

    Raises:
        ValidationError: It is no schedule, or one that never fires.
    """

    cron: Annotated[Text, AfterValidator(_cron)] | None = Field(
        default=None, description="minute hour day-of-month month day-of-week year, as AWS has it."
    )
    rate: Annotated[Text, AfterValidator(_rate)] | None = Field(
        default=None, description='A period, such as "15 minutes".'
    )
    at: Annotated[Text, AfterValidator(_at)] | None = Field(
        default=None, description='One moment, such as "2026-11-21T06:30:00".'
    )
    tables: tuple[TableName, ...] | None = Field(default=None, description="Not built yet.")
    files: Identifier | None = Field(default=None, description="Not built yet.")
    settle_minutes: Whole | None = Field(default=None, description="Not built yet.")
    event: dict[str, object] | None = Field(default=None, description="Not built yet.")
    timezone: Annotated[Text, AfterValidator(_time_zone)] = Field(
        default="UTC", description='Time zone of cron and at, such as "Europe/Madrid".'
    )
    overlap: Annotated[Literal["skip", "queue", "cancel"], AfterValidator(_only_skip)] = Field(
        default="skip",
        description="What happens to a run that finds the job busy: skip.",
        json_schema_extra={"enum": ["skip"]},
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Trigger:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            given = f"both {' and '.join(kinds)}" if kinds else "nothing that starts a run"
            raise refuse(f"has {given}. Give exactly one of {listed(SCHEDULES)}.")
        if kinds[0] not in SCHEDULES or self.settle_minutes is not None:
            raise refuse(
                f"is not built yet. Allowed: {listed(SCHEDULES)}. Instead: a cron some time after "
                "the data usually arrives, or no trigger and `sparkrail run`.",
                at=("settle_minutes",) if kinds[0] in SCHEDULES else (kinds[0],),
            )
        self._fires(kinds[0])
        return self

    def _fires(self, kind: str) -> None:
        # Whether a single moment has passed depends on the clock, which synth does not look at.
        after = datetime.min.replace(tzinfo=UTC) if kind == "at" else FIRST_RELEASE
        if kind != "rate" and next_fire(self.expression, after, self.timezone) is None:
            raise refuse(
                f"never fires: there is no such moment in {self.timezone} from "
                f"{FIRST_RELEASE.year} on.",
                at=(kind,),
            )

    @property
    def expression(self) -> str:
        """As EventBridge Scheduler takes it: `cron(...)`, `rate(...)` or `at(...)`."""
        kind = next(kind for kind in SCHEDULES if getattr(self, kind) is not None)
        return f"{kind}({getattr(self, kind)})"
