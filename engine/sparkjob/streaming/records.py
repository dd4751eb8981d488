"""Records of a topic as columns: JSON read by contract, with a reason where it does not fit."""

from __future__ import annotations

from typing import List, Sequence

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkjob.column_types import Array, Map, Struct, parse_type
from sparkjob.contracts import Column
from sparkjob.evolution.choices import words
from sparkjob.evolution.ddl import quoted_type

TOPIC, PARTITION, OFFSET, TIMESTAMP = "_topic", "_partition", "_offset", "_timestamp"
KEY, RAW, REASON, EXTRA = "_key", "_raw", "_reason", "_extra"
BOOKKEEPING = (TOPIC, PARTITION, OFFSET, TIMESTAMP, KEY, RAW, REASON, EXTRA)
NO_VALUE, NOT_UTF8, NOT_JSON = "no value", "not UTF-8", "not a JSON object"
_TEXT, _FIELDS, _TYPED, _MISFIT = "_text", "_fields", "_typed", "_misfit"


def read_records(records: DataFrame, columns: Sequence[Column]) -> DataFrame:
    """Read the values of Kafka's records.

    A field that is missing or null is null. Text takes numbers, true and false, objects and lists
    as JSON writes them; all else must be of its type. Fields that the contract does not have are
    in `_extra`, as a JSON object of texts.

    Args:
        records: With the columns of Spark's Kafka source.
        columns: Of the topic's contract.

    Returns:
        The columns of the contract, then those of BOOKKEEPING.
    """
    names = [column.name for column in columns]
    text = F.when(_is_utf8(F.col("value")), F.col("value").cast("string"))
    # In brackets, what follows the object makes it no JSON; by itself it would be passed over.
    objects = F.from_json(
        F.concat(F.lit("["), F.col(_TEXT), F.lit("]")), "array<map<string,string>>"
    )
    fields = F.when(F.size(objects) == 1, F.get(objects, F.lit(0)))
    options = {"columnNameOfCorruptRecord": _MISFIT, "mode": "PERMISSIVE"}
    typed = F.from_json(F.col(_TEXT), _schema(columns), options)
    read = records.withColumn(_TEXT, text).withColumn(_FIELDS, fields).withColumn(_TYPED, typed)
    extra = F.map_filter(_FIELDS, lambda name, _: ~name.isin(names))
    return read.select(
        *(F.col(_TYPED).getField(name).alias(name) for name in names),
        F.col("topic").alias(TOPIC),
        F.col("partition").alias(PARTITION),
        F.col("offset").alias(OFFSET),
        F.col("timestamp").alias(TIMESTAMP),
        F.col("key").alias(KEY),
        F.col("value").alias(RAW),
        _reason(columns).alias(REASON),
        F.when(F.size(extra) > 0, F.to_json(extra, {"ignoreNullFields": "false"})).alias(EXTRA),
    )


def _schema(columns: Sequence[Column]) -> str:
    fields = [f"`{each.name}` {quoted_type(each.type)}" for each in columns]
    return ", ".join([*fields, f"`{_MISFIT}` string"])


def _is_utf8(value: SparkColumn) -> SparkColumn:
    if hasattr(F, "is_valid_utf8"):  # Spark 4, whose decode fails instead of replacing
        return F.is_valid_utf8(value)
    return F.encode(F.decode(value, "UTF-8"), "UTF-8") == value


def _reason(columns: Sequence[Column]) -> SparkColumn:
    inside = [each.name for each in columns if _has_parts(each)]
    told = [_of_field(column) for column in columns]
    found = F.concat_ws("; ", *told)
    whole = f"a value in {', '.join(inside)} is of another type" if inside else NOT_JSON
    return (
        F.when(F.col("value").isNull(), NO_VALUE)
        .when(F.col(_TEXT).isNull(), NOT_UTF8)
        .when(F.col(_FIELDS).isNull(), NOT_JSON)
        .when(found != "", found)
        .when(F.col(_TYPED).getField(_MISFIT).isNotNull(), whole)
    )


def _of_field(column: Column) -> SparkColumn:
    given = F.col(_FIELDS).getItem(column.name)
    typed = F.col(_TYPED).getField(column.name)
    wrong = F.when(given.isNotNull() & typed.isNull(), f"{column.name} is no {words(column.type)}")
    if not column.required:
        return wrong
    there = F.map_contains_key(_FIELDS, column.name)
    return (
        F.when(~there, f"{column.name} is missing")
        .when(given.isNull(), f"{column.name} has no value")
        .otherwise(wrong)
    )


def _has_parts(column: Column) -> bool:
    return isinstance(parse_type(column.type), (Array, Map, Struct))


def missing_bookkeeping(columns: List[str]) -> List[str]:
    """The columns of BOOKKEEPING that a frame has lost."""
    return [name for name in BOOKKEEPING if name not in columns]
