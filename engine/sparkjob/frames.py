"""What a job wants to write against its contract, and how it is made to fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Sequence

from sparkjob.column_types import Array, ColumnType, Map, Struct, parse_type
from sparkjob.contracts import RUN_KEY, Column, Contract
from sparkjob.evolution.choices import words
from sparkjob.evolution.types import keeps_values, read_type

if TYPE_CHECKING:
    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType, StructType

ROWS_PER_FILE = 100_000  # below it, another small file gains nothing


def frame_differences(contract: Contract, frame: DataFrame) -> List[str]:
    """List how a frame that a job wants to write differs from the contract.

    A type whose every value is also one of the contract's, such as int for long, is none:
    `fitted` casts it. Fields inside a column are compared by name, their order does not matter.
    """
    found = columns_of(frame.schema)
    if contract.stored != contract.columns:
        found = [column for column in found if column.name != RUN_KEY]
    return column_differences(contract.columns, found)


def column_differences(contract: Sequence[Column], found: Sequence[Column]) -> List[str]:
    """List all missing, unexpected and differently typed columns.

    Args:
        contract: What is promised.
        found: What is there.
    """
    there = {column.name: column for column in found}
    told = []
    for column in contract:
        other = there.pop(column.name, None)
        if other is None:
            told.append(f"{column.name}: missing; the contract says {words(column.type)}")
            continue
        wanted, got = parse_type(column.type), read_type(other.type)
        if got is None:
            told.append(_differs(column.name, other.type, column.type))
        else:
            told += _type_differences(column.name, wanted, got)
    for name, other in there.items():
        told.append(f"{name}: is {words(other.type)}, the contract has no such column")
    return told


def columns_of(schema: StructType) -> List[Column]:
    """The columns of a frame or table of Spark."""
    return [
        Column(field.name, field.dataType.simpleString(), required=not field.nullable)
        for field in schema.fields
    ]


def fitted(frame: DataFrame, schema: StructType) -> DataFrame:
    """A frame with a table's columns: in its order, of its types, fields inside them by name.

    What the frame does not have is null: an older release knows nothing of a newer column.

    Args:
        frame: What a job wrote; it keeps its contract.
        schema: The table's, such as `spark.table(name).schema`.
    """
    from pyspark.sql import functions as F  # noqa: PLC0415  all else here works without Spark

    there = {field.name: field.dataType for field in frame.schema.fields}
    return frame.select(
        *(
            _fit(F.col(f"`{field.name}`"), there.get(field.name), field.dataType).alias(field.name)
            for field in schema.fields
        )
    )


def contract_of(frame: DataFrame, name: str) -> Contract:
    """The contract of an output that has none: its columns as they are, written as a whole."""
    columns = tuple(Column(each.name, each.type) for each in columns_of(frame.schema))
    return Contract(name, "", "replace", (), (), columns, ())


def few_files(frame: DataFrame, rows: int, *, at_least: int = 1) -> DataFrame:
    """Put few rows into few partitions, hence files; Spark itself does not for cached frames."""
    return frame.coalesce(max(at_least, 1 + rows // ROWS_PER_FILE))


def _type_differences(path: str, wanted: ColumnType, found: ColumnType) -> List[str]:
    if isinstance(wanted, Struct) and isinstance(found, Struct):
        there = {field.name: field.type for field in found.fields}
        told = []
        for field in wanted.fields:
            part = f"{path}.{field.name}"
            if field.name in there:
                told += _type_differences(part, field.type, there.pop(field.name))
            else:
                told.append(f"{part}: missing; the contract says {words(str(field.type))}")
        for name, other in there.items():
            told.append(f"{path}.{name}: is {words(str(other))}, the contract has no such field")
        return told
    if isinstance(wanted, Array) and isinstance(found, Array):
        return _type_differences(f"{path}.element", wanted.element, found.element)
    if isinstance(wanted, Map) and isinstance(found, Map):
        return [
            *_type_differences(f"{path}.key", wanted.key, found.key),
            *_type_differences(f"{path}.value", wanted.value, found.value),
        ]
    return [] if keeps_values(found, wanted) else [_differs(path, str(found), str(wanted))]


def _differs(path: str, found: str, wanted: str) -> str:
    return f"{path}: is {words(found)}, the contract says {words(wanted)}"


def _fit(value: SparkColumn, found: Any, wanted: DataType) -> SparkColumn:  # noqa: ANN401
    from pyspark.sql import functions as F  # noqa: PLC0415
    from pyspark.sql import types as T  # noqa: PLC0415

    if found is None:
        return F.lit(None).cast(wanted)
    if found.simpleString() == wanted.simpleString():
        return value
    if isinstance(wanted, T.StructType) and isinstance(found, T.StructType):
        there = {field.name: field.dataType for field in found.fields}
        fields = F.struct(
            *(
                _fit(value.getField(field.name), there.get(field.name), field.dataType).alias(
                    field.name
                )
                for field in wanted.fields
            )
        )
        return F.when(value.isNotNull(), fields)
    if isinstance(wanted, T.ArrayType) and isinstance(found, T.ArrayType):
        return F.transform(value, lambda each: _fit(each, found.elementType, wanted.elementType))
    if isinstance(wanted, T.MapType) and isinstance(found, T.MapType):
        return F.map_from_entries(
            F.transform(
                F.map_entries(value),
                lambda each: F.struct(
                    _fit(each["key"], found.keyType, wanted.keyType),
                    _fit(each["value"], found.valueType, wanted.valueType),
                ),
            )
        )
    return value.cast(wanted)
