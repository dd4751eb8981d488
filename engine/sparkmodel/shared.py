"""What this package shares with sparkjob, which reads contracts inside Spark: their language.

The one door to it (docs/adr/0018-one-parser-of-types.md). None of it needs pyspark.
"""

from sparkjob.column_types import SIMPLE, ColumnType, Primitive, parse_type
from sparkjob.contracts import (
    LATE_SUFFIX,
    QUARANTINE_SUFFIX,
    RUN_KEY,
    Transform,
    check_name,
    parse_transform,
)

__all__ = [
    "LATE_SUFFIX",
    "QUARANTINE_SUFFIX",
    "RUN_KEY",
    "SIMPLE",
    "ColumnType",
    "Primitive",
    "Transform",
    "check_name",
    "parse_transform",
    "parse_type",
]
