"""How a table is kept small and fast, and how long its rows stay."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sparkmodel.base import Model, Text, Whole
from sparkmodel.problems import refuse

_YOUNGEST_ORPHAN_DAYS = 3


def _orphan_days(days: int) -> int:
    if days < _YOUNGEST_ORPHAN_DAYS:
        raise refuse(
            f"is too small: at least {_YOUNGEST_ORPHAN_DAYS}. The files of a run that still writes "
            "belong to no snapshot yet, so younger ones would be taken from under it."
        )
    return days


class Maintenance(Model):
    """How a table is kept.

    Args:
        by: Who does it: `sparkrail`, the maintenance job of the owner; `glue`, Glue's optimizers;
            or `nobody`. One of them, since two would undo each other's work.
        keep_days: How long a snapshot stays after another one took its place, in days.
        keep_snapshots: How many snapshots stay in any case.
        target_file_mb: Size of a data file, in MiB.
        small_files: So many files of a partition that are much smaller than the target are put
            together.
        delete_files: So many delete files on one data file make it be written anew.
        orphan_days: Age at which a file that no snapshot knows is removed, in days.
    """

    by: Literal["sparkrail", "glue", "nobody"] = Field(
        default="sparkrail",
        description="sparkrail: the owner's maintenance job; glue: Glue's optimizers; nobody.",
    )
    keep_days: Whole = Field(
        default=7, ge=1, le=3650, description="Days that a snapshot stays after the next one."
    )
    keep_snapshots: Whole = Field(
        default=20, ge=1, le=10_000, description="Snapshots that stay in any case."
    )
    target_file_mb: Whole = Field(
        default=512, ge=8, le=2048, description="Size of a data file, in MiB."
    )
    small_files: Whole = Field(
        default=5, ge=2, le=10_000, description="Small files of a partition that are put together."
    )
    delete_files: Whole = Field(
        default=3, ge=1, le=10_000, description="Delete files that make a data file be rewritten."
    )
    orphan_days: Annotated[Whole, AfterValidator(_orphan_days)] = Field(
        default=7,
        le=3650,
        description="Age in days at which a file that no snapshot knows is removed.",
        json_schema_extra={"minimum": _YOUNGEST_ORPHAN_DAYS},
    )

    @model_validator(mode="after")
    def _nobody_keeps_nothing(self) -> Maintenance:
        others = [key for key in type(self).model_fields if key in self.model_fields_set - {"by"}]
        if self.by == "nobody" and others:
            raise refuse(
                'changes nothing: by = "nobody". Leave it out, or set by = "sparkrail" or "glue".',
                at=(others[0],),
            )
        return self


class Retention(Model):
    """How long rows stay; maintenance deletes the older ones.

    Args:
        column: A date or timestamp: the row's age counts from it.
        days: How many days a row stays.
    """

    column: Text = Field(description="A date or timestamp from which a row's age counts.")
    days: Whole = Field(ge=1, le=36_500, description="How many days a row stays.")
