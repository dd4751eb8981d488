"""How large a job's Spark is, and what it is told."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sparkmodel.base import Model, Text, Whole
from sparkmodel.problems import nearest, refuse
from sparkmodel.releases import DEFAULT_RELEASE, Architecture, ReleaseLabel
from sparkmodel.sizing import DEFAULT_SIZE, SIZES, Worker, sizes_in_words

_SHAPE = "spark.size, or spark.driver and spark.executor = { vcpu, memory_gb, disk_gb }"
_CAP = "spark.max_executors"
_LAKE = "outputs and inputs; the catalog is the platform's"
_PACKAGE = "requirements.txt and jars.lock.json in the job's folder"
_SET_BY_PLATFORM = {
    "spark.archives": _PACKAGE,
    "spark.driver.cores": _SHAPE,
    "spark.driver.memory": _SHAPE,
    "spark.dynamicAllocation.maxExecutors": _CAP,
    "spark.emr-serverless.driver.disk": _SHAPE,
    "spark.emr-serverless.executor.disk": _SHAPE,
    "spark.executor.cores": _SHAPE,
    "spark.executor.memory": _SHAPE,
    "spark.jars": _PACKAGE,
    "spark.jars.packages": _PACKAGE,
    "spark.master": "nothing: EMR Serverless sets it",
    "spark.shuffle.service.enabled": "nothing: EMR Serverless sets it",
    "spark.submit.deployMode": "nothing: EMR Serverless sets it",
    "spark.submit.pyFiles": _PACKAGE,
}
"""Spark keys that a job cannot set itself, and what sets them."""
_LAKE_CATALOG = "spark.sql.catalog.lake"
_KEY = re.compile(r"spark\.[A-Za-z0-9_.-]+")
_SPLIT_BY_SUBMIT = re.compile(r"[\s\"'\\]")


def _size(name: str) -> str:
    if name not in SIZES:
        raise refuse(
            f"is not a size. Sizes: {sizes_in_words()}, or driver/executor = "
            "{ vcpu, memory_gb, disk_gb }.",
            nearest=nearest(name, SIZES),
        )
    return name


def _conf_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise refuse("is not a Spark setting: their names begin with spark.")
    if key == _LAKE_CATALOG or key.startswith(f"{_LAKE_CATALOG}."):
        raise refuse(f"is set by the platform. Instead: {_LAKE}.")
    if key in _SET_BY_PLATFORM:
        raise refuse(f"is set by the platform. Instead: {_SET_BY_PLATFORM[key]}.")
    return key


def _conf_value(value: str) -> str:
    if not value or _SPLIT_BY_SUBMIT.search(value):
        raise refuse(
            "cannot reach Spark: EMR Serverless splits its parameters at spaces and knows no "
            "quotes. Allowed: text without spaces, quotes and \\."
        )
    return value


ConfKey = Annotated[Text, AfterValidator(_conf_key)]
ConfValue = Annotated[Text, AfterValidator(_conf_value)]


class Spark(Model):
    """How large a job's Spark is, and what it is told.

    Args:
        size: Name of a shape for driver and executors. Default: small.
        driver: Shape of the driver. Default: as `size` says.
        executor: Shape of each executor. Default: as `size` says.
        max_executors: Most executors at a time. There is always a cap. Default: 4.
        conf: Spark settings that the platform does not set itself. Default: none.
        release: EMR release. Default: the environment's, where a manifest is read.
        architecture: x86_64 or arm64. Default: the environment's, where a manifest is read.

    Raises:
        ValidationError: No such size, worker or release, or a setting that the platform owns.
    """

    size: Annotated[Text, AfterValidator(_size)] | None = Field(
        default=None,
        description=f"Shape of driver and executors: {sizes_in_words()}.",
        json_schema_extra={"enum": list(SIZES)},
    )
    driver: Worker = Field(default=SIZES[DEFAULT_SIZE], description="Shape of the driver.")
    executor: Worker = Field(default=SIZES[DEFAULT_SIZE], description="Shape of each executor.")
    max_executors: Whole = Field(
        default=4, ge=1, le=1000, description="Most executors at a time; always capped."
    )
    conf: dict[ConfKey, ConfValue] = Field(
        default_factory=dict, description="Spark settings, as text."
    )
    release: ReleaseLabel = Field(default=DEFAULT_RELEASE, description="EMR release.")
    architecture: Architecture = Field(default="x86_64", description="Architecture of workers.")

    @model_validator(mode="before")
    @classmethod
    def _size_names_shapes(cls, given: object) -> object:
        """Take the shapes that are not given from the named size."""
        if not isinstance(given, dict) or not isinstance(given.get("size"), str):
            return given
        shape = SIZES.get(given["size"])
        return given if shape is None else {"driver": shape, "executor": shape, **given}

    @property
    def vcpu(self) -> int:
        """Most vCPU that a run takes: the driver and all executors."""
        return self.driver.vcpu + self.max_executors * self.executor.vcpu
