"""Where the workers of an environment run."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sparkmodel.base import Model, Text
from sparkmodel.problems import refuse

MIN_ZONES = 2
_CIDR_PREFIX = range(16, 23)


def _cidr(cidr: str) -> str:
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError:
        raise refuse('is not an IPv4 network. Write it as "10.0.0.0/16".') from None
    if network.prefixlen not in _CIDR_PREFIX:
        raise refuse(
            f"has the wrong size: /{_CIDR_PREFIX[0]} to /{_CIDR_PREFIX[-1]}. Each worker takes an "
            "address of its own."
        )
    return cidr


class Network(Model):
    """Where workers run.

    Args:
        mode: `none` (AWS's network, without the internet), `own` (a VPC of isolated subnets) or
            `imported` (a VPC that exists).
        cidr: Addresses of an own VPC. Default: 10.0.0.0/16.
        availability_zones: Zones of an own VPC, at least two.
        vpc_id: The imported VPC.
        subnet_ids: Its private subnets, at least two.
        route_table_ids: Their route tables, to which the S3 and DynamoDB endpoints are added.

    Raises:
        ValidationError: What the mode needs is missing.
    """

    mode: Literal["none", "own", "imported"] = Field(
        default="none", description="none, own (isolated subnets) or imported."
    )
    cidr: Annotated[Text, AfterValidator(_cidr)] = Field(
        default="10.0.0.0/16", description="Addresses of an own VPC."
    )
    availability_zones: tuple[Text, ...] = Field(
        default=(), description="Zones of an own VPC, at least two."
    )
    vpc_id: Text | None = Field(default=None, description="The imported VPC.")
    subnet_ids: tuple[Text, ...] = Field(default=(), description="Its subnets, at least two.")
    route_table_ids: tuple[Text, ...] = Field(default=(), description="Their route tables.")

    @model_validator(mode="after")
    def _complete(self) -> Network:
        if self.mode == "own" and len(set(self.availability_zones)) < MIN_ZONES:
            raise refuse('is "own", which needs availability_zones, at least two.', at=("mode",))
        subnets = len(set(self.subnet_ids)) if self.vpc_id else 0
        if self.mode == "imported" and subnets < MIN_ZONES:
            raise refuse(
                'is "imported", which needs vpc_id and subnet_ids, at least two.', at=("mode",)
            )
        for key in ("availability_zones", "subnet_ids", "route_table_ids"):
            if len(set(getattr(self, key))) < len(getattr(self, key)):
                raise refuse("names one of them twice.", at=(key,))
        return self
