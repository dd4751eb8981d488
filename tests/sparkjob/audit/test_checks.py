"""What an audit finds, kind by kind, on frames of a few rows."""

import datetime as dt
import json
import math
from dataclasses import asdict
from decimal import Decimal

import pytest

from sparkjob.audit.examine import Staged, examine
from sparkjob.contracts import parse_contract
from sparkjob.errors import ContractBroken

UNTIL = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
COLUMNS = {
    "state": {"type": "string", "required": True},
    "month": {"type": "date", "required": True},
    "ratio": {"type": "double"},
}
SCHEMA = "state string, month date, ratio double"
JAN, FEB = dt.date(2021, 1, 1), dt.date(2021, 2, 1)
ROWS = [("AK", JAN, 1.2), ("AK", FEB, 0.5), ("AL", JAN, None), ("AL", FEB, -0.1)]


def contract_of(*checks, key=("state", "month"), columns=COLUMNS, **more):
    table = {"name": "health.state_month", "write": "replace", "key": list(key)}
    return parse_contract({**table, "columns": columns, "checks": list(checks), **more})


@pytest.fixture
def audit(spark):
    """Audit rows; contract, schema and table as in the other tests unless they are given."""

    def run(rows, *checks, schema=SCHEMA, table=None, contract=None, where="", **more):
        frame = spark.createDataFrame(rows, schema)
        published = None if table is None else spark.createDataFrame(table, schema)
        staged = Staged(frame, published, UNTIL)
        return examine(staged, contract or contract_of(*checks, **more), "months", where=where)

    return run


@pytest.fixture
def refused(audit):
    """The message of an audit that fails."""

    def run(*args, **kwargs):
        with pytest.raises(ContractBroken) as broken:
            audit(*args, **kwargs)
        return str(broken.value)

    return run


KINDS = {
    "range": (
        {"column": "ratio", "min": 0, "max": 1},
        "2 of 4 rows of months break 0 <= ratio <= 1, "
        "for example state AK, month 2021-01-01, ratio 1.2",
        [
            {"state": "AK", "month": "2021-01-01", "ratio": 1.2},
            {"state": "AL", "month": "2021-02-01", "ratio": -0.1},
        ],
    ),
    "accepted": (
        {"column": "state", "accepted": ["AL", "AZ"]},
        "2 of 4 rows of months break state in AL, AZ, for example state AK, month 2021-01-01",
        [{"state": "AK", "month": "2021-01-01"}, {"state": "AK", "month": "2021-02-01"}],
    ),
    "not_null": (
        {"column": "ratio", "not_null": True},
        "1 of 4 rows of months breaks ratio is not null, "
        "for example state AL, month 2021-01-01, ratio null",
        [{"state": "AL", "month": "2021-01-01", "ratio": None}],
    ),
    "unique": (
        {"unique": ["month"]},
        "4 of 4 rows of months break unique month, for example month 2021-01-01, state AK",
        [{"month": "2021-01-01", "state": "AK"}, {"month": "2021-02-01", "state": "AK"}],
    ),
    "rows": (
        {"rows": {"min": 5, "max": 9}},
        "months breaks 5 <= rows <= 9: the run brings 4 rows",
        [],
    ),
    "fresh": (
        {"column": "month", "fresh_hours": 24},
        "months breaks month within 24 h: the newest is 2021-02-01T00:00:00+00:00, "
        "50,856.0 h before 2026-11-21T00:00:00+00:00",
        [],
    ),
    "sql": (
        {
            "name": "no state loses",
            "sql": "SELECT s.* FROM staged s JOIN published p USING (state, month) "
            "WHERE s.ratio < p.ratio",
        },
        "months breaks no state loses: its query finds 2 rows, "
        "for example state AK, month 2021-02-01, ratio 0.5",
        [
            {"state": "AK", "month": "2021-02-01", "ratio": 0.5},
            {"state": "AL", "month": "2021-02-01", "ratio": -0.1},
        ],
    ),
}
TABLE = [("AK", FEB, 0.6), ("AL", FEB, 0.0), ("AZ", FEB, 1.0)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_check_fails_with_its_name_the_count_and_a_key(refused, kind):
    check, told, _ = KINDS[kind]

    assert refused(ROWS, check, table=TABLE) == (
        "months breaks its contract health.state_month:\n"
        + f"  {told}\n"
        + "Nothing was published."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_of_action_warn_is_reported_and_does_not_fail(audit, kind):
    check, told, sample = KINDS[kind]

    found = audit(ROWS, {**check, "action": "warn"}, table=TABLE)

    (finding,) = found.findings
    assert (found.rows, str(finding), list(finding.sample)) == (4, told, sample)
    assert json.loads(json.dumps(asdict(finding)))["sample"] == sample


KEPT = [
    {"column": "ratio", "min": -0.1, "max": 1.2},
    {"column": "state", "accepted": ["AK", "AL"]},
    {"column": "state", "not_null": True},
    {"unique": ["state", "month"]},
    {"rows": {"min": 4}},
    {"rows": {"max": 4}},
    {"column": "month", "fresh_hours": 50856},
    {"sql": "SELECT * FROM staged WHERE ratio > 2"},
]


def test_checks_that_are_kept_say_nothing_at_their_very_bounds(audit):
    assert audit(ROWS, *KEPT).findings == []


def test_everything_that_is_broken_is_told_at_once(refused):
    rows = [("AK", JAN, 2.0), ("AK", JAN, None), (None, FEB, 0.0)]
    checks = [{"column": "ratio", "max": 1}, {"column": "state", "accepted": ["AL"]}]

    assert refused(rows, *checks, {"rows": {"min": 9}}, where="Look: here").splitlines() == [
        "months breaks its contract health.state_month:",
        "  1 of 3 rows of months breaks state is required, "
        "for example state null, month 2021-02-01",
        "  2 of 3 rows of months break unique key state, month, "
        "for example state AK, month 2021-01-01",
        "  1 of 3 rows of months breaks ratio <= 1, "
        "for example state AK, month 2021-01-01, ratio 2.0",
        "  2 of 3 rows of months break state in AL, for example state AK, month 2021-01-01",
        "  months breaks 9 <= rows: the run brings 3 rows",
        "Nothing was published.",
        "Look: here",
    ]


@pytest.mark.parametrize(("share", "breaks"), [(0.29, False), (0.289, True), (0.0, True)])
@pytest.mark.parametrize("check", [{"max": 1}, {"accepted": [1.0]}, {"not_null": True}])
def test_a_share_of_the_rows_may_break_a_check_and_not_one_more(audit, share, breaks, check):
    bad = None if "not_null" in check else 2.0
    rows = [(f"{n:02}", JAN, bad if n < 29 else 1.0) for n in range(100)]

    found = audit(rows, {"column": "ratio", **check, "share": share, "action": "warn"})

    assert [finding.count for finding in found.findings] == ([29] if breaks else [])


def test_no_rows_break_only_what_asks_for_some(audit):
    checks = [{**check, "action": "warn"} for check, _, _ in KINDS.values()]

    found = audit([], *checks, {"rows": {"max": 0}}, table=TABLE)

    assert [str(finding) for finding in found.findings] == [
        "months breaks 5 <= rows <= 9: the run brings 0 rows",
        "months breaks month within 24 h: no rows",
    ]


def test_a_column_without_any_value_is_not_fresh(refused):
    columns = {**COLUMNS, "seen_at": {"type": "timestamp"}}
    check = {"column": "seen_at", "fresh_hours": 1}
    schema = f"{SCHEMA}, seen_at timestamp"

    told = refused([("AK", JAN, 0.1, None)], check, columns=columns, schema=schema)

    assert "months breaks seen_at within 1 h: no row has a value of seen_at" in told


@pytest.mark.parametrize(
    ("check", "rows"),
    [
        ({"column": "ratio", "min": 0}, [math.nan]),
        ({"column": "ratio", "max": 1}, [math.nan, math.inf]),
        ({"column": "ratio", "accepted": [1]}, [math.nan, 0.0]),
    ],
)
def test_what_is_not_a_number_breaks_a_range_and_is_no_accepted_value(audit, check, rows):
    given = [(f"{n}", JAN, value) for n, value in enumerate([*rows, None, 1.0])]

    (finding,) = audit(given, {**check, "action": "warn"}).findings

    assert finding.count == len(rows)
    assert finding.sample[0]["ratio"] == "NaN"


def test_a_null_is_equal_to_nothing_but_in_the_key(audit, refused):
    rows = [("AK", JAN, None), ("AL", JAN, None)]
    assert audit(rows, {"unique": ["month", "ratio"]}).findings == []

    columns = {**COLUMNS, "state": {"type": "string"}}
    told = refused([(None, JAN, 1.0), (None, JAN, 2.0)], columns=columns)

    assert "2 of 2 rows of months break unique key state, month, for example state null" in told


TYPED = [
    ("float", 0.1, 0.2, {"min": 0.1, "max": 0.1}),
    ("float", 0.1, 0.2, {"accepted": [0.1]}),
    ("int", 1, 0, {"min": 0.5}),
    ("bigint", 10**18, 10**18 + 1, {"max": 1e18}),
    ("decimal(38,0)", Decimal(10**36), Decimal(10**36 + 1), {"max": 1e36}),
    ("decimal(38,2)", Decimal("0.5"), Decimal("0.51"), {"max": 0.505}),
    ("decimal(4,2)", Decimal("0.10"), Decimal("0.11"), {"accepted": [0.1, 1e3]}),
    ("boolean", True, False, {"accepted": [True]}),
    ("date", JAN, FEB, {"accepted": ["2021-01-01"]}),
    ("string", "it's", "its", {"accepted": ["it's"]}),
    ("binary", b"\x01", None, {"not_null": True}),
    ("map<string,int>", {"a": 1}, None, {"not_null": True}),
    ("struct<zip:string>", ("1",), None, {"not_null": True}),
]


@pytest.mark.parametrize(("kind", "good", "bad", "check"), TYPED)
def test_values_are_compared_as_the_column_stores_them(audit, kind, good, bad, check):
    contract = contract_of({"column": "v", **check, "action": "warn"}, columns={}, key=["id"])

    (finding,) = audit(
        [(1, good), (2, bad)], schema=f"id int, v {kind}", contract=contract
    ).findings

    assert (finding.count, finding.sample[0]["id"]) == (1, 2)
    json.dumps(finding.sample, allow_nan=False)


def test_a_check_may_name_a_field_of_a_struct(audit):
    check = {"column": "address.zip", "accepted": ["99501"], "action": "warn"}
    contract = contract_of(check, columns={}, key=["id"])

    (finding,) = audit(
        [(1, ("99501",)), (2, ("0",)), (3, None)],
        schema="id int, address struct<zip:string>",
        contract=contract,
    ).findings

    assert finding.sample == ({"id": 2, "address.zip": "0"},)


def test_a_sample_is_the_first_five_by_key_whatever_the_order_of_rows(audit):
    rows = [(f"{n:02}", JAN, 2.0) for n in range(20)]
    check = {"column": "ratio", "max": 1, "action": "warn"}

    found = [audit(each, check).findings[0].sample for each in (rows, rows[::-1])]

    assert found[0] == found[1]
    assert [row["state"] for row in found[0]] == ["00", "01", "02", "03", "04"]


PEOPLE = {
    "email": {"type": "string", "sensitivity": "personal"},
    "state": {"type": "string"},
    "seen_at": {"type": "timestamp", "sensitivity": "personal"},
}
SECRETS = [
    {"column": "email", "accepted": ["z"]},
    {"column": "email", "not_null": True},
    {"unique": ["email"]},
    {"unique": ["state"]},
    {"column": "seen_at", "fresh_hours": 1},
    {"sql": "SELECT * FROM staged"},
    {"sql": "SELECT email AS state FROM staged"},
    {"sql": "SELECT upper(email) AS state FROM staged"},
    {"sql": "SELECT state FROM staged UNION ALL SELECT email FROM published"},
    {"sql": "SELECT state FROM (SELECT max(email) AS state FROM published)"},
    {"sql": "SELECT p.email FROM staged s JOIN published p USING (state)"},
    {"sql": "SELECT k FROM (SELECT explode(array(email, state)) AS k FROM staged)"},
]


def test_sensitive_values_are_never_shown(spark):
    checks = [{**check, "action": "warn", "name": f"c{n}"} for n, check in enumerate(SECRETS)]
    contract = contract_of(*checks, columns=PEOPLE, key=["email", "state"])
    moment = dt.datetime(1999, 9, 9, 9, tzinfo=dt.UTC)
    rows = [("bob@a", "AK", moment), ("eve@a", "AK", moment), ("eve@a", "AL", None)]
    schema = "email string, state string, seen_at timestamp"
    frame = spark.createDataFrame([*rows, (None, "AZ", moment)], schema)

    findings = examine(Staged(frame, frame, UNTIL), contract, "people").findings

    assert [finding.check for finding in findings] == [check["name"] for check in checks]
    told = json.dumps([asdict(finding) for finding in findings]) + "\n".join(map(str, findings))
    assert "email (hidden), state AK" in told
    for secret in ("bob", "eve", "BOB", "EVE", "1999"):
        assert secret not in told


def test_a_message_shows_no_sensitive_value(refused):
    contract = contract_of({"column": "email", "accepted": ["z"]}, columns=PEOPLE, key=["email"])

    told = refused([("bob", "AK")], schema="email string, state string", contract=contract)

    assert "1 of 1 row of months breaks email in z, for example email (hidden)" in told


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT statee FROM staged", "with name `statee` cannot be resolved. Did you mean"),
        ("SELECT * FRM staged", "Syntax error at or near 'staged'"),
        ("SELECT * FROM stagged", "The table or view `stagged` cannot be found"),
        ("DROP TABLE staged", "Syntax error at or near"),
        ("SELECT weather(1) FROM staged", "Cannot resolve function `weather`"),
    ],
)
def test_a_query_that_spark_cannot_run_is_named_with_its_file_and_the_reason(refused, sql, why):
    check = {"name": "loses", "sql": sql, "action": "warn"}

    told = refused(ROWS, check, {"column": "ratio", "max": 1})

    assert "  the check loses in tables/health/state_month.toml cannot be run: " in told
    assert why in told
    assert "break ratio <= 1" in told or "breaks ratio <= 1" in told
    assert "sparkrail_" not in told
    assert "Project" not in told
    assert len(told.splitlines()) == 4


def test_a_query_that_stops_half_way_is_told_without_values_if_some_are_sensitive(spark, refused):
    check = {"name": "whole", "sql": "SELECT int(email) FROM staged"}
    contract = contract_of(check, columns=PEOPLE, key=[])
    spark.conf.set("spark.sql.ansi.enabled", "true")
    try:
        told = refused([("bob", "AK")], schema="email string, state string", contract=contract)
    finally:
        spark.conf.unset("spark.sql.ansi.enabled")

    assert "CAST_INVALID_INPUT, with a value that is hidden" in told
    assert "bob" not in told


def test_a_query_may_have_parts_comments_and_a_semicolon(audit):
    sql = "WITH high AS (SELECT * FROM staged WHERE ratio > 1) -- so high\nSELECT * FROM high; "

    assert audit(ROWS, {"sql": sql, "action": "warn"}).findings[0].count == 1


def test_queries_leave_no_view_and_see_only_their_own_output(spark, audit):
    spark.createDataFrame([(1,)], "mine int").createOrReplaceTempView("staged")
    check = {"sql": "SELECT * FROM staged WHERE state IS NULL OR ratio > 1", "action": "warn"}
    try:
        assert audit(ROWS, check).findings[0].count == 1
        assert audit(ROWS[1:], check).findings == []
        assert spark.table("staged").columns == ["mine"]
    finally:
        spark.catalog.dropTempView("staged")
    assert [view.name for view in spark.catalog.listTables() if "sparkrail" in view.name] == []


def test_values_are_cut_and_quoted_where_they_would_break_the_line(audit):
    rows = [("a\nb ", JAN, 2.0), ("x" * 500, JAN, 2.0)]

    (finding,) = audit(rows, {"column": "ratio", "max": 1, "action": "warn"}).findings

    assert 'state "a\\nb ", month' in str(finding)
    assert len(finding.sample[1]["state"]) == 100
