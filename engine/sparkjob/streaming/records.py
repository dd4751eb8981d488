"""Records of a topic as columns: JSON read by contract, with a reason where it does not fit."""

from __future__ import annotations

from typing import Dict, List, Sequence, Union

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
_TEXT, _QUICK, _FITS = "_text", "_quick", "_fits"
_OBJECTS, _FIELDS, _TYPED, _MISFIT = "_objects", "_fields", "_typed", "_misfit"


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
    quick = _once(records.withColumn(_TEXT, text), {_QUICK: _quick(columns)})
    told = quick.withColumn(_QUICK, _only(_QUICK)).withColumn(_FITS, _all_there(columns))
    doubtful = F.when(~F.col(_FITS), F.col(_TEXT))
    full = _once(told, {_OBJECTS: _as_texts(doubtful), _TYPED: _as_typed(doubtful, columns)})
    read = full.withColumn(_FIELDS, _only(_OBJECTS))
    return _once(read, {REASON: F.when(~F.col(_FITS), _reason(columns))}).select(
        *(_field(name).alias(name) for name in names),
        F.col("topic").alias(TOPIC),
        F.col("partition").alias(PARTITION),
        F.col("offset").alias(OFFSET),
        F.col("timestamp").alias(TIMESTAMP),
        F.col("key").alias(KEY),
        F.col("value").alias(RAW),
        F.col(REASON),
        _extra(names).alias(EXTRA),
    )


def _once(frame: DataFrame, columns: Dict[str, SparkColumn]) -> DataFrame:
    """Add columns that are computed once for a row, however often they are used.

    A filter on a column is moved to where the column is made, and makes it again for each time
    that it names it: a record would be read as JSON dozens of times. No filter passes a generator.
    """
    made = F.struct(*(column.alias(name) for name, column in columns.items()))
    return frame.select("*", F.inline(F.array(made)))


def _quick(columns: Sequence[Column]) -> SparkColumn:
    """The fields of a record, for those in which all are there and of their types: nearly all.

    Inside a value that has parts Spark makes null of what does not fit, and says nothing: a record
    with such values is never read quickly.
    """
    kind = f"array<struct<{', '.join(_schema(columns))}>>"
    if any(_has_parts(each) for each in columns):
        return F.lit(None).cast(kind)
    return F.from_json(_alone(F.col(_TEXT)), kind)


def _all_there(columns: Sequence[Column]) -> SparkColumn:
    found = F.col(_QUICK).isNotNull()
    for column in columns:
        found = found & F.col(_QUICK).getField(column.name).isNotNull()
    return found


def _field(name: str) -> SparkColumn:
    quick, typed = F.col(_QUICK).getField(name), F.col(_TYPED).getField(name)
    return F.when(F.col(_FITS), quick).otherwise(typed)


def _extra(names: Sequence[str]) -> SparkColumn:
    known = F.array(*(F.lit(name) for name in names))
    unknown = F.array_except(F.json_object_keys(_TEXT), known)
    fields = _only(_as_texts(F.col(_TEXT)))
    others = F.map_filter(fields, lambda name, _: ~name.isin(list(names)))
    told = F.to_json(others, {"ignoreNullFields": "false"})
    return F.when(F.size(unknown) > 0, told)


def _alone(text: SparkColumn) -> SparkColumn:
    """In brackets, what follows the object makes it no JSON; by itself it would be passed over."""
    return F.concat(F.lit("["), text, F.lit("]"))


def _as_texts(text: SparkColumn) -> SparkColumn:
    return F.from_json(_alone(text), "array<map<string,string>>")


def _as_typed(text: SparkColumn, columns: Sequence[Column]) -> SparkColumn:
    schema = ", ".join([*_schema(columns), f"`{_MISFIT}` string"])
    options = {"columnNameOfCorruptRecord": _MISFIT, "mode": "PERMISSIVE"}
    return F.from_json(text, schema, options)


def _schema(columns: Sequence[Column]) -> List[str]:
    return [f"`{each.name}` {quoted_type(each.type)}" for each in columns]


def _only(objects: Union[str, SparkColumn]) -> SparkColumn:
    return F.when(F.size(objects) == 1, F.get(objects, F.lit(0)))


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
