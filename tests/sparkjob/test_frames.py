"""A job's frame against its contract, and made to fit the table."""

from dataclasses import replace

import pytest
from pyspark.sql import Row

from sparkjob.contracts import Column, parse_contract
from sparkjob.frames import column_differences, fitted, frame_differences

STRUCT = "struct<a:bigint,b:array<struct<c:double>>>"


@pytest.mark.parametrize(
    ("promised", "found"),
    [
        ("bigint", "int"),
        ("bigint", "smallint"),
        ("double", "float"),
        ("double", "int"),
        ("decimal(12,2)", "decimal(10,2)"),
        ("decimal(10,0)", "int"),
        (STRUCT, "struct<b:array<struct<c:float>>,a:int>"),
        ("map<string,bigint>", "map<string,int>"),
    ],
)
def test_a_type_whose_every_value_fits_is_accepted(promised, found):
    assert column_differences([Column("x", promised)], [Column("x", found)]) == []


@pytest.mark.parametrize(
    ("promised", "found", "told"),
    [
        ("int", "bigint", ["x: is long, the contract says int"]),
        ("double", "bigint", ["x: is long, the contract says double"]),
        ("decimal(9,0)", "int", ["x: is int, the contract says decimal(9,0)"]),
        (
            "decimal(10,2)",
            "decimal(10,4)",
            ["x: is decimal(10,4), the contract says decimal(10,2)"],
        ),
        ("timestamp", "timestamp_ntz", ["x: is timestamp_ntz, the contract says timestamp"]),
        ("string", "void", ["x: is void, the contract says string"]),
        (
            STRUCT,
            "struct<a:string,b:array<struct<d:double>>>",
            [
                "x.a: is string, the contract says long",
                "x.b.element.c: missing; the contract says double",
                "x.b.element.d: is double, the contract has no such field",
            ],
        ),
        (
            "map<string,int>",
            "map<int,string>",
            [
                "x.key: is int, the contract says string",
                "x.value: is string, the contract says int",
            ],
        ),
    ],
)
def test_what_does_not_fit_is_told_part_by_part(promised, found, told):
    assert column_differences([Column("x", promised)], [Column("x", found)]) == told


def test_the_run_key_of_an_append_table_is_not_the_jobs(spark):
    contract = parse_contract(
        {"name": "a.b", "write": "append", "columns": {"id": {"type": "long"}}}
    )
    frame = spark.createDataFrame([(1, "k")], "id int, run_key string")

    assert frame_differences(contract, frame) == []
    assert frame_differences(replace(contract, write="replace"), frame) == [
        "run_key: is string, the contract has no such column"
    ]


def test_a_frame_gets_the_tables_columns_order_and_types(spark):
    frame = spark.createDataFrame(
        [(Row(b=[Row(c=1.5)], a=7), {"k": Row(y=1)}, 1), (None, None, 2)],
        "s struct<b: array<struct<c: float>>, a: int>, m map<string, struct<y: int>>, id int",
    )
    table = spark.createDataFrame(
        [],
        f"id bigint, s {STRUCT}, m map<string, struct<x: string, y: bigint>>, newer array<int>",
    )

    found = fitted(frame, table.schema)

    assert found.schema.simpleString() == table.schema.simpleString()
    assert [row.asDict(recursive=True) for row in found.orderBy("id").collect()] == [
        {
            "id": 1,
            "s": {"a": 7, "b": [{"c": 1.5}]},
            "m": {"k": {"x": None, "y": 1}},
            "newer": None,
        },
        {"id": 2, "s": None, "m": None, "newer": None},
    ]
