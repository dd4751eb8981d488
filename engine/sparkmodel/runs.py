"""What the runs of a batch job are like: how long, how often tried, what period they stand for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sparkmodel.base import Model, Number, Whole


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


class Interval(Model):
    """The period that a run stands for: the last complete one before its run key.

    Args:
        every: Length of a period, from full hour, midnight, Monday or first of the month in the
            trigger's time zone.
        lookback: How many periods a run reads, the last one included. Default: 1.
    """

    every: Literal["hour", "day", "week", "month"] = Field(
        description="Length of a period: hour, day, week (from Monday) or month."
    )
    lookback: Whole = Field(
        default=1, ge=1, le=1000, description="Periods that a run reads, the last one included."
    )
