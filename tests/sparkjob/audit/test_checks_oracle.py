"""The figures of an audit are those that plain Python finds, whatever the rows."""

import collections
import datetime as dt
import math
import struct
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sparkjob.audit.figures import figures
from sparkjob.contracts import parse_contract

ROWS, CHECKS, FRAMES = 24, 16, 4  # 64 checks of random columns; each frame is one query
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


quarters = st.integers(-8, 8).map(lambda n: n / 4)
tenths = st.integers(-12, 12).map(lambda n: n / 10)
VALUES = {
    "string": st.sampled_from(["", "a", "b", "A", "é", "a b", "it's"]),
    "boolean": st.booleans(),
    "int": st.integers(-3, 3) | st.sampled_from([-(2**31), 2**31 - 1]),
    "bigint": st.integers(-3, 3) | st.integers(10**17, 10**17 + 3) | st.just(2**63 - 1),
    "float": tenths.map(float32) | st.sampled_from([math.nan, math.inf, -math.inf, -0.0]),
    "double": tenths | st.sampled_from([math.nan, math.inf, -math.inf, -0.0]),
    "decimal(20,2)": (st.integers(-50, 50) | st.integers(10**19, 10**19 + 3)).map(
        lambda cents: Decimal(cents) / 100
    ),
    "date": st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 9)),
    "timestamp": st.datetimes(
        dt.datetime(1960, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC)
    ),
}
KINDS = ("range", "unique", "range", "accepted", "range", "not_null", "unique", "fresh_hours")
NUMBERS = ("int", "bigint", "float", "double", "decimal(20,2)")
BOUNDS = quarters | tenths | st.integers(-3, 3) | st.sampled_from([1e17, 10**17 + 1, 2**63 - 1])


@st.composite
def checks_of_columns(draw):
    """A frame of nullable columns, and for each a check of a random kind."""
    columns, checks = {}, []
    for number in range(CHECKS):
        kind = KINDS[number % len(KINDS)]
        of = {"range": NUMBERS, "fresh_hours": ("date", "timestamp")}.get(kind, tuple(VALUES))
        if kind == "accepted":
            of = tuple(name for name in of if name not in ("date", "timestamp"))
        name, word = f"c{number}", draw(st.sampled_from(of))
        few = st.lists(VALUES[word] | st.none(), min_size=ROWS, max_size=ROWS)
        columns[name] = (word, draw(few))
        checks.append(
            {"name": f"check {number}", **draw(check_of(kind, name, word, list(columns)))}
        )
    return columns, checks


def check_of(kind, name, word, there):
    if kind == "range":
        pairs = st.tuples(BOUNDS, BOUNDS | st.none()).map(
            lambda pair: (
                {"min": pair[0]} if pair[1] is None else {"min": min(pair), "max": max(pair)}
            )
        )
        return pairs.map(lambda bounds: {"column": name, **bounds})
    if kind == "accepted":
        values = {"float": tenths, "double": tenths, "decimal(20,2)": quarters | tenths}
        some = st.lists(values.get(word, VALUES[word]), min_size=1, max_size=3)
        return some.map(lambda found: {"column": name, "accepted": found})
    if kind == "unique":
        others = st.sampled_from(there).map(lambda other: [*dict.fromkeys([name, other])])
        return others.map(lambda unique: {"unique": unique})
    return st.just({"column": name, kind: True if kind == "not_null" else 1})


def oracle(check, columns):
    """How many rows break a check, by its words; the newest moment for one of the kind fresh."""
    if check.unique:
        rows = list(zip(*(columns[name][1] for name in check.unique), strict=True))
        whole = [tuple(map(same, row)) for row in rows if None not in row]
        return sum(count for count in collections.Counter(whole).values() if count > 1)
    word, values = columns[check.column]
    there = [value for value in values if value is not None]
    if check.not_null:
        return len(values) - len(there)
    if check.fresh_hours:
        return max(map(micros, there), default=None)
    if check.accepted:
        accepted = [exact(value, word) for value in check.accepted]
        return sum(exact(value, word) not in accepted for value in there)
    return sum(outside(value, check, word) for value in there)


def same(value):
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def exact(value, word):
    """A number without rounding, as a column stores it; a decimal is what its digits say."""
    if isinstance(value, (bool, str)) or word == "boolean":
        return value
    if word == "float" and math.isfinite(value):
        value = float32(value)
    if isinstance(value, float) and not math.isfinite(value):
        return same(value)
    return Fraction(value) if word in ("float", "double") else Fraction(str(value))


def outside(value, check, word):
    if isinstance(value, float) and not math.isfinite(value):
        return not (
            (value == math.inf and check.max is None) or (value == -math.inf and check.min is None)
        )
    low, high = (None if bound is None else exact(bound, word) for bound in (check.min, check.max))
    found = exact(value, word)
    return (low is not None and found < low) or (high is not None and found > high)


def micros(moment):
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time(), dt.UTC)
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


@settings(
    max_examples=FRAMES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # making an example smaller costs a query each
    suppress_health_check=list(HealthCheck),
)
@given(drawn=checks_of_columns())
def test_figures_are_those_of_plain_python(spark, drawn):
    columns, checks = drawn
    table = {name: {"type": word} for name, (word, _) in columns.items()}
    contract = parse_contract(
        {"name": "a.b", "write": "replace", "columns": table, "checks": checks}
    )
    schema = ", ".join(f"{name} {word}" for name, (word, _) in columns.items())
    rows = list(zip(*(values for _, values in columns.values()), strict=True))

    total, found = figures(spark.createDataFrame(rows, schema), contract, contract.checks)

    assert total == ROWS
    wanted = {check.name: oracle(check, columns) or 0 for check in contract.checks}
    assert {check.name: found[check] or 0 for check in contract.checks} == wanted
