"""How a streaming job runs: its cadence, its checkpoint, how it is started and replaced."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sparkmodel.base import Model, Whole


class Stream(Model):
    """How a streaming job runs.

    Args:
        cadence_seconds: How often a micro-batch starts, in seconds. Default: 60.
        max_offsets: Most records of one micro-batch. Default: 100,000.
        start: Where the very first start begins: `earliest`, with the oldest record that the topic
            still has, or `latest`, with the next one. Default: earliest.
        state_version: Rises when the query's state changes so that the old one cannot be read: the
            stream gets a new checkpoint, and goes on where its last commit ended. Default: 1.
        quarantine_minimum: Records of a micro-batch below which `run.quarantine_percent` is not
            looked at, since one bad record of three says little. Default: 1,000.
        attempts_per_hour: How often EMR Serverless starts the driver again in an hour.
            (EMR Serverless API, RetryPolicy.maxFailedAttemptsPerHour.) Default: 5.
        drain_minutes: How long a version that was replaced may take to finish its micro-batch and
            stop by itself, in minutes. Default: 15.
        fleet: `elastic` follows the load up to `spark.max_executors`; `fixed` holds that many all
            the time. Default: elastic.
    """

    cadence_seconds: Whole = Field(
        default=60, ge=1, le=3600, description="How often a micro-batch starts, in seconds."
    )
    max_offsets: Whole = Field(
        default=100_000, ge=1, le=1_000_000_000, description="Most records of one micro-batch."
    )
    start: Literal["earliest", "latest"] = Field(
        default="earliest", description="Where the very first start begins: earliest or latest."
    )
    state_version: Whole = Field(
        default=1, ge=1, le=100_000, description="Rises when the old state cannot be read any more."
    )
    quarantine_minimum: Whole = Field(
        default=1000,
        ge=1,
        le=1_000_000_000,
        description="Records below which run.quarantine_percent is not looked at.",
    )
    attempts_per_hour: Whole = Field(
        default=5, ge=1, le=10, description="How often an hour a failed driver is started again."
    )
    drain_minutes: Whole = Field(
        default=15, ge=1, le=240, description="Minutes that a replaced version may take to stop."
    )
    fleet: Literal["elastic", "fixed"] = Field(
        default="elastic", description="elastic, or fixed: max_executors all the time."
    )
