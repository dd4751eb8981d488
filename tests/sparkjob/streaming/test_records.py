"""Records as columns: what fits the contract, and the reason of what does not."""

import json

import pytest

from sparkjob.contracts import parse_topic
from sparkjob.streaming.records import read_records
from sparkjob.streaming.source import FILE_SCHEMA

# Each waits for Spark.
pytestmark = pytest.mark.slow
TOPIC = {
    "columns": {
        "id": {"type": "string", "required": True},
        "number": {"type": "long"},
        "share": {"type": "double"},
        "price": {"type": "decimal(10,2)"},
        "at": {"type": "timestamp"},
        "paid": {"type": "boolean"},
        "tags": {"type": "array<string>"},
        "address": {"type": "struct<street:string,since:date>"},
    }
}
GOOD = {
    "id": "a",
    "number": 3,
    "share": 0.5,
    "price": 1.25,
    "at": "2026-01-01T00:00:00Z",
    "paid": True,
    "tags": ["x"],
    "address": {"street": "s", "since": "2026-01-01"},
}
VALUES = {
    "good": (GOOD, None),
    "only what is required": ({"id": "a"}, None),
    "null for what is not": ({"id": "a", "number": None, "tags": None}, None),
    "a whole number for a double": ({"id": "a", "share": 3}, None),
    "no value": (None, "no value"),
    "bad UTF-8": (b'{"id":"\xff"}', "not UTF-8"),
    "cut off": ('{"id": "a"', "not a JSON object"),
    "two objects": ('{"id":"a"}{"id":"b"}', "not a JSON object"),
    "two objects with a comma": ('{"id":"a"},{"id":"b"}', "not a JSON object"),
    "words behind it": ('{"id":"a"} b', "not a JSON object"),
    "a list": ('[{"id":"a"}]', "not a JSON object"),
    "a number": ("12", "not a JSON object"),
    "null as JSON": ("null", "not a JSON object"),
    "empty": ("", "not a JSON object"),
    "required is missing": ({"number": 1}, "id is missing"),
    "required is null": ({"id": None}, "id has no value"),
    "text for a number": ({"id": "a", "number": "x"}, "number is no long"),
    "a fraction for a whole number": ({"id": "a", "number": 1.5}, "number is no long"),
    "too large": ({"id": "a", "number": 2**63}, "number is no long"),
    "text for a time": ({"id": "a", "at": "yesterday"}, "at is no timestamp"),
    "a number for a boolean": ({"id": "a", "paid": 1}, "paid is no boolean"),
    "a number for a list": ({"id": "a", "tags": 1}, "tags is no array<string>"),
    "a wrong value inside": (
        {"id": "a", "address": {"street": "s", "since": "never"}},
        "a value in tags, address is of another type",
    ),
    "two at once": ({"number": "x", "paid": "y"}, "id is missing; number is no long; paid is no"),
}


def read(spark, *values):
    rows = [(b"k", _bytes(value), "sales", 0, number, None) for number, value in enumerate(values)]
    columns = parse_topic("sales", TOPIC).columns
    found = read_records(spark.createDataFrame(rows, FILE_SCHEMA), columns)
    return found.orderBy("_offset").collect()


def _bytes(value):
    if value is None or isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def test_each_record_fits_or_says_why_not(spark):
    found = read(spark, *(value for value, _ in VALUES.values()))

    told = {name: row["_reason"] for name, row in zip(VALUES, found, strict=True)}
    for name, (_, reason) in VALUES.items():
        assert (told[name] or "").startswith(reason or "\0") or told[name] == reason, (
            name,
            told[name],
        )


def test_what_fits_has_its_types_and_its_place(spark):
    row = read(spark, GOOD)[0]

    assert (row["id"], row["number"], row["share"], str(row["price"])) == ("a", 3, 0.5, "1.25")
    assert (row["paid"], row["tags"], row["address"]["street"]) == (True, ["x"], "s")
    assert (row["_topic"], row["_partition"], row["_offset"], row["_key"]) == ("sales", 0, 0, b"k")
    assert json.loads(bytes(row["_raw"])) == GOOD


def test_fields_that_nobody_knows_are_kept_aside(spark):
    known, unknown = read(spark, GOOD, {**GOOD, "currency": "EUR", "lines": [1], "none": None})

    assert known["_extra"] is None
    assert unknown["_reason"] is None
    assert json.loads(unknown["_extra"]) == {"currency": "EUR", "lines": "[1]", "none": None}


@pytest.mark.parametrize(
    ("drift", "reason", "extra"),
    [
        ({"id": "a", "discount": 0.1}, None, {"discount": "0.1"}),  # a new field
        ({"number": 3}, "id is missing", None),  # one is gone
        ({"order": "a", "number": 3}, "id is missing", {"order": "a"}),  # renamed
        ({"id": "a", "number": 3.5}, "number is no long", None),  # widened
        ({"id": "a", "share": 3}, None, None),  # narrowed
    ],
    ids=["new", "gone", "renamed", "widened", "narrowed"],
)
def test_a_drifted_schema_is_kept_or_refused_and_never_lost(spark, drift, reason, extra):
    row = read(spark, drift)[0]

    assert row["_reason"] == reason
    assert json.loads(row["_extra"] or "null") == extra
