"""What a contract says is what a job reads of it inside Spark."""

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkjob.column_types import parse_type
from sparkjob.contracts import parse_contracts, parse_transform
from sparkmodel import Job, Output, Table
from sparkmodel.check_rules import check_label
from sparkmodel.column import NESTED, NUMBERS, TIMES
from sparkmodel.packaging import contracts_json
from sparkmodel.table_rules import ORDERED
from sparkmodel.transforms import GOES_WITH

SIMPLE = (
    *("string", "int", "long", "float", "double", "boolean", "date", "timestamp", "binary"),
    *("timestamp_ntz", "decimal(12,3)"),
)
TYPES = st.recursive(
    st.sampled_from(SIMPLE),
    lambda inner: (
        inner.map("array<{}>".format)
        | st.builds("map<{}, {}>".format, inner, inner)
        | st.builds("struct<a: {}, b_c:{}>".format, inner, inner)
    ),
    max_leaves=4,
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
NAMES = [f"c{number}" for number in range(6)]
ACCEPTED = {
    "string": st.lists(TEXT, min_size=1, max_size=3, unique=True),
    "int": st.lists(st.integers(-9, 9), min_size=1, max_size=3, unique=True),
    "boolean": st.just([True]),
    "date": st.just(["2026-11-21"]),
    "double": st.just([0.5, 1]),
}


def word(column):
    return column["type"].partition("(")[0].partition("<")[0]


@st.composite
def checks(draw, columns):
    """Any kinds of checks that fit some columns, each with a name of its own."""
    made = []
    numbers = [name for name, column in columns.items() if word(column) in NUMBERS]
    aged = [name for name, column in columns.items() if word(column) in TIMES]
    listable = [name for name, column in columns.items() if word(column) in ACCEPTED]
    simple = [name for name, column in columns.items() if word(column) not in NESTED]
    share = st.sampled_from([{}, {"share": 0.25}])
    low = st.floats(-1e6, 1e6)
    if numbers and draw(st.booleans()):
        bounds = draw(st.sampled_from(["min", "max", "both"]))
        first, second = sorted([draw(low), draw(low)])
        given_bounds = {"both": {"min": first, "max": second}}.get(bounds, {bounds: first})
        made.append({"column": draw(st.sampled_from(numbers)), **given_bounds, **draw(share)})
    if listable and draw(st.booleans()):
        name = draw(st.sampled_from(listable))
        accepted = draw(ACCEPTED[word(columns[name])])
        made.append({"column": name, "accepted": accepted, **draw(share)})
    if draw(st.booleans()):
        made.append({"column": draw(st.sampled_from(sorted(columns))), "not_null": True})
    if simple and draw(st.booleans()):
        made.append({"unique": draw(st.lists(st.sampled_from(simple), min_size=1, unique=True))})
    if draw(st.booleans()):
        made.append({"rows": draw(st.sampled_from([{"min": 0}, {"max": 7}, {"min": 1, "max": 9}]))})
    if aged and draw(st.booleans()):
        made.append({"column": draw(st.sampled_from(aged)), "fresh_hours": draw(st.floats(1, 99))})
    if draw(st.booleans()):
        made.append({"sql": "SELECT * FROM staged"})
    for number, check in enumerate(made):
        if draw(st.booleans()):
            check["name"] = f"check {number} {draw(TEXT)}"
        check["action"] = draw(st.sampled_from(["fail", "warn"]))
    return made


@st.composite
def contracts(draw):
    """Any valid contract, as its TOML says it."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    columns = {
        name: {
            "type": draw(TYPES),
            "required": draw(st.booleans()),
            "doc": draw(TEXT),
            **draw(st.sampled_from([{}, {"was": f"old_{name}"}])),
            **draw(st.sampled_from([{}, {"sensitivity": "personal"}])),
        }
        for name in names
    }
    key = [
        name for name in names if columns[name]["required"] and word(columns[name]) not in NESTED
    ]
    splits = [
        draw(
            st.sampled_from(
                [name]
                if transform == "identity"
                else [f"{transform}(16, {name})"]
                if transform in ("bucket", "truncate")
                else [f"{transform}({name})"]
            )
        )
        for name in names
        for transform in draw(st.sampled_from([[], [draw(st.sampled_from(sorted(GOES_WITH)))]]))
        if word(columns[name]) in GOES_WITH[transform]
    ]
    modes = ["replace", "append"]
    modes += ["merge"] if key else []
    modes += ["overwrite_partitions"] if splits else []
    write = draw(st.sampled_from(modes))
    latest = [
        name
        for name in names
        if columns[name]["required"] and word(columns[name]) in ORDERED and name not in key[:1]
    ]
    aged = [name for name in names if word(columns[name]) in TIMES]
    return {
        "name": "health.hints",
        "description": draw(TEXT),
        "write": write,
        "key": key[:1],
        "partition": splits,
        "sort": [each + draw(st.sampled_from(["", " desc"])) for each in splits],
        "format_version": draw(st.sampled_from([2, 3])),
        "columns": columns,
        "checks": draw(checks(columns)),
        "migrations": draw(
            st.sampled_from(
                [[], [{"drop": "x", "reason": "y"}], [{"narrow": names[0], "reason": "z"}]]
            )
        ),
        "maintenance": draw(
            st.sampled_from([{}, {"keep_days": 2, "orphan_days": 3}, {"target_file_mb": 64}])
        ),
        **({"latest_by": latest[0]} if latest and write == "merge" else {}),
        **({"retention": {"column": aged[0], "days": 9}} if aged else {}),
        **draw(st.sampled_from([{}, {"owner": "other"}])),
    }


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(contracts())
def test_a_job_reads_of_its_contract_what_the_contract_says(said):
    table = Table.model_validate(said)
    job = Job(folder=Path("a_job"), team="health", outputs={"hints": Output(table=table.name)})

    read = parse_contracts(json.loads(contracts_json(job, {table.name: table}))).outputs["hints"]

    for field in ("name", "description", "write", "key", "format_version", "latest_by"):
        assert getattr(read, field) == getattr(table, field)
    assert read.owner == said.get("owner", "health")
    assert read.partition == tuple(map(parse_transform, said["partition"]))
    assert read.sort == tuple(map(parse_transform, said["sort"]))
    assert [vars(each) for each in read.columns] == [
        {"name": name, **column.model_dump(), "type": str(parse_type(column.type))}
        for name, column in table.columns.items()
    ]
    assert [vars(each) for each in read.migrations] == [
        each.model_dump() for each in table.migrations
    ]
    assert vars(read.maintenance) == table.maintenance.model_dump()
    assert (vars(read.retention) if read.retention else None) == said.get("retention")
    assert [vars(each) for each in read.checks] == [
        {
            **each.model_dump(),
            "name": check_label(each),
            "not_null": each.not_null or False,
            "unique": each.unique or (),
            "rows": (each.rows.min, each.rows.max) if each.rows else None,
        }
        for each in table.checks
    ]
