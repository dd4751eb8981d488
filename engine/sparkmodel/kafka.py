"""Whether an environment has a Kafka cluster, and what a new stream does there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sparkmodel.base import Model


class Kafka(Model):
    """The Kafka cluster of an environment.

    Args:
        mode: `serverless` gives the environment a cluster of MSK Serverless; with `none` its
            streaming jobs and topics are not part of it. Default: none.
        streams: What a stream does that was never started here: `start` by itself, or `wait` for
            `sparkrail resume STREAM`. Default: start.
    """

    mode: Literal["none", "serverless"] = Field(
        default="none", description="none, or serverless: a cluster of MSK Serverless."
    )
    streams: Literal["start", "wait"] = Field(
        default="start", description="What a new stream does: start, or wait to be resumed."
    )
