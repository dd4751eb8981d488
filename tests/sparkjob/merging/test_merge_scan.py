"""The ranges of the keys that a frame has, read by Spark: exact, whatever the type."""

import random

import pytest
from pyspark.sql import functions as F

from sparkjob.merging.ranges import condition
from sparkjob.merging.scan import key_ranges
from sparkjob.merging.values import literal

SEED = 20261121
VALUES = {
    "int": "CAST({0} AS INT)",
    "bigint": "CAST({0} AS BIGINT) * 4000000000000",
    "decimal(12,3)": "CAST({0} / 7 AS DECIMAL(12,3))",
    "decimal(38,0)": "CONCAT('9', LPAD({0}, 30, '0'))",
    "date": "DATE_ADD(DATE'2024-03-31', {0})",
    "timestamp": "TIMESTAMP_MICROS({0} * 61000001L)",
    "timestamp_ntz": "CAST(CAST(TIMESTAMP_MICROS({0} * 600000007) AS STRING) AS TIMESTAMP_NTZ)",
    "string": "CONCAT('P-', {0})",
}
TEXTS = [
    "",
    "a",
    "ab",
    "a\x00",
    "o'clock",
    'say "x"',
    "back\\slash",
    "${x}",
    "\n",
    "é",
    "\uffee",
    "😀",
]


@pytest.fixture(scope="module")
def keys(spark):
    """One frame with a column of clustered keys for each type, in a zone with summer time."""
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "Europe/Paris")
    frame = spark.createDataFrame([(number,) for number in numbers()], "n int").coalesce(1)
    typed = [f"CAST({said.format('n')} AS {type_}) AS `{type_}`" for type_, said in VALUES.items()]
    cached = frame.selectExpr(*typed).cache()
    yield cached
    cached.unpersist()
    spark.conf.set("spark.sql.session.timeZone", before)


def numbers(count=150):
    source = random.Random(SEED)
    clusters = [source.randrange(2, 2_000_000) for _ in range(5)]
    return [source.choice(clusters) + source.randrange(40) for _ in range(count)]


@pytest.mark.parametrize("type_", VALUES)
def test_every_key_is_found_by_the_ranges_and_each_end_is_a_key(keys, type_):
    frame = keys.select(F.col(f"`{type_}`").alias("k"))

    found = key_ranges(frame, "k", most=6)

    ends = {literal(end, type_) for each in found for end in (each.low, each.high)}
    inside = F.sum(F.expr(condition("k", type_, found)).cast("int"))
    at_ends = [F.max(F.expr(f"k = {end}")) for end in ends]
    assert frame.agg(inside, *at_ends).first() == (frame.count(), *[True for _ in ends])
    assert len(found) <= 6


def test_any_text_can_be_a_key(spark):
    frame = spark.createDataFrame([(text,) for text in TEXTS], "k string")

    found = key_ranges(frame, "k", most=len(TEXTS))

    assert frame.where(condition("k", "string", found)).count() == len(TEXTS)
    assert not spark.sql("SELECT 'zebra' AS k").where(condition("k", "string", found)).count()


def test_a_far_off_key_does_not_hide_the_gaps_between_the_others(spark):
    keys = [*range(1000, 1100), *range(900_000, 900_100), 9 * 10**18, -9 * 10**18]
    frame = spark.createDataFrame([(key,) for key in keys], "k bigint")

    found = key_ranges(frame, "k", most=4)

    assert [(each.low, each.high) for each in found] == [
        (-9 * 10**18, -9 * 10**18),
        (1000, 1099),
        (900_000, 900_099),
        (9 * 10**18, 9 * 10**18),
    ]


def test_keys_that_differ_by_less_than_a_double_can_say_are_told_apart(spark):
    keys = [2**62 + 1, 2**62 + 2, 2**62 + 900]
    frame = spark.createDataFrame([(key,) for key in keys], "k bigint")

    found = key_ranges(frame, "k", most=2)

    assert [(each.low, each.high) for each in found] == [(keys[0], keys[1]), (keys[2], keys[2])]


def test_null_keys_and_no_rows_make_no_range(spark):
    assert key_ranges(spark.createDataFrame([], "k bigint"), "k") == []
    assert key_ranges(spark.createDataFrame([(None,)], "k string"), "k") == []
    (found,) = key_ranges(spark.createDataFrame([(None,), (3,)], "k int"), "k")
    assert (found.low, found.high) == (3, 3)


def test_a_type_without_order_on_files_is_refused(spark):
    with pytest.raises(ValueError, match="no ranges can be said of k: it is double"):
        key_ranges(spark.createDataFrame([(0.5,)], "k double"), "k")
