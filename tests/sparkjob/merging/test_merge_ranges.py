"""Few ranges hold every key, and as little else as can be: arithmetic, without Spark."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkjob.merging.ranges import KeyRange, condition, fewest
from sparkjob.merging.values import common_beginning, distance, literal

LONGS = st.integers(-(2**63), 2**63 - 1)
DECIMALS = st.decimals(-(10**20), 10**20, allow_nan=False, places=4)
TEXTS = st.text(max_size=40).map(str.encode)
KEYS = st.one_of(*[st.lists(each, min_size=1, max_size=60) for each in (LONGS, DECIMALS, TEXTS)])
MOST = st.integers(1, 20)


def points(keys):
    return [KeyRange(key, key) for key in keys]


def inside(key, ranges):
    return any(each.low <= key <= each.high for each in ranges)


@given(KEYS, MOST)
def test_every_key_is_in_one_of_at_most_so_many_ranges(keys, most):
    found = fewest(points(keys), most)

    assert 1 <= len(found) <= most
    assert all(inside(key, found) for key in keys)
    assert sum(each.rows for each in found) == len(keys)


@given(KEYS, MOST)
def test_ranges_are_apart_in_order_and_end_at_keys(keys, most):
    found = fewest(points(keys), most)

    assert {end for each in found for end in (each.low, each.high)} <= set(keys)
    assert all(one.high < other.low for one, other in pairwise(found))


@given(st.lists(LONGS, min_size=1, max_size=60), MOST)
def test_no_other_choice_of_ranges_leaves_out_more(keys, most):
    found = fewest(points(keys), most)

    apart = sorted(set(keys))
    gaps = sorted((b - a for a, b in pairwise(apart)), reverse=True)
    left_out = [b.low - a.high for a, b in pairwise(found)]
    widest = [gap for gap in gaps[: most - 1] if gap > 1]
    assert sorted(left_out, reverse=True) == widest


@given(st.lists(st.tuples(LONGS, LONGS).map(sorted), min_size=1, max_size=30), MOST)
def test_ranges_that_overlap_are_one(pairs, most):
    found = fewest([KeyRange(low, high) for low, high in pairs], most)

    assert all(inside(low, found) and inside(high, found) for low, high in pairs)
    assert all(one.high < other.low for one, other in pairwise(found))


def test_one_far_off_key_costs_one_range():
    found = fewest(points([5, 6, 7, 10**18]), most=2)

    assert [(each.low, each.high) for each in found] == [(5, 7), (10**18, 10**18)]


def test_neighbouring_whole_numbers_are_one_range_however_many_are_allowed():
    assert fewest(points([1, 2, 3]), most=16) == [KeyRange(1, 3, 3)]


def test_of_no_keys_there_is_no_range():
    assert fewest([], most=16) == []


@given(TEXTS, TEXTS)
def test_what_two_strings_begin_with_takes_nothing_from_their_distance(one, other):
    low, high = sorted([one, other])
    skip = common_beginning(low, high)

    assert low[:skip] == high[:skip]
    assert distance(low, high, skip) >= 0


@pytest.mark.parametrize(
    ("value", "type_", "said"),
    [
        (-(2**63), "bigint", "-9223372036854775808L"),
        (-5, "int", "-5"),
        (Decimal("-1.50"), "decimal(10,2)", "CAST(-1.50BD AS DECIMAL(10,2))"),
        (Decimal("1E+3"), "decimal(38,0)", "CAST(1000BD AS DECIMAL(38,0))"),
        (-1, "date", "DATE'1969-12-31'"),
        (1, "timestamp", "TIMESTAMP'1970-01-01 00:00:00.000001Z'"),
        (-1, "timestamp_ntz", "TIMESTAMP_NTZ'1969-12-31 23:59:59.999999'"),
        (b"P-17", "string", "'P-17'"),
        (b"", "string", "''"),
        (b"o'clock", "string", "CAST(X'6F27636C6F636B' AS STRING)"),
        (b"${x}\\", "string", "CAST(X'247B787D5C' AS STRING)"),
    ],
)
def test_a_literal_has_exactly_its_type(value, type_, said):
    assert literal(value, type_) == said


@pytest.mark.parametrize(
    ("value", "type_"), [(b"\xff", "string"), (10**7, "date"), (10**18, "timestamp")]
)
def test_what_has_no_literal_is_refused(value, type_):
    with pytest.raises(ValueError, match=r"no (date|time)|decode"):
        literal(value, type_)


def test_single_keys_are_a_list_and_the_others_ranges():
    ranges = [KeyRange(b"AK", b"AK"), KeyRange(b"CA", b"CO"), KeyRange(b"WY", b"WY")]

    said = condition("t.`state`", "string", ranges)

    assert said == "(t.`state` IN ('AK', 'WY') OR t.`state` BETWEEN 'CA' AND 'CO')"
