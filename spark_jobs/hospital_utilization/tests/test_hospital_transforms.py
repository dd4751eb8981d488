"""The pure functions, on small literal rows."""

from datetime import date

import pytest
from chispa import assert_df_equality

from hospital_utilization.transforms import NUMBERS, by_month, parse, unusable

ROWS = ", ".join(f"{name} string" for name in ["state", "date", *NUMBERS])
BOOKKEEPING = "_file string, _line bigint, _raw string, _reason string"
DAYS = "state string, day date, " + ", ".join(f"{name} double" for name in NUMBERS)


def text_row(date_text="2021/12/10", number="1", *, state="ID", reason=None):
    return (state, date_text, number, "2", None, None, None, None, "f", 2, "raw", reason)


def parsed(spark, *rows):
    return parse(spark.createDataFrame(rows, f"{ROWS}, {BOOKKEEPING}"))


@pytest.mark.parametrize("ansi", ["true", "false"])
def test_every_form_of_a_date_is_read(spark, ansi):
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    forms = [
        "2021/12/10",
        "2021-12-10",
        " 2021-12-10 ",
        "2021-12-10T00:00:00.000",
        "2021-12-10T23:59:59Z",
        "2021-12-10T23:59:59.123456+00:00",
        "2021-12-10 00:00:00",
        "2021/12/10 00:00",
        "12/10/2021",
        "12/10/2021 00:00",
        "12/10/2021 12:00:00 AM",
    ]

    days = parsed(spark, *[text_row(form) for form in forms])

    assert [(row["day"], row["_reason"]) for row in days.collect()] == [
        (date(2021, 12, 10), None) for _ in forms
    ]
    spark.conf.unset("spark.sql.ansi.enabled")


@pytest.mark.parametrize("ansi", ["true", "false"])
def test_what_is_no_date_gets_a_reason(spark, ansi):
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    wrong = ["2021/02/30", "2021-13-01", "13/01/2021", "2021", "2021/12-10", "0000-01-01", "10 Dec"]
    wrong += ["2021-12-10T25:00:00", "20211210", "2021-12-10x", "NaN"]

    days = parsed(spark, *[text_row(text) for text in wrong], text_row(""), text_row(None))

    reasons = [row["_reason"] for row in days.collect()]
    assert reasons[:-2] == [f'date "{text}" is not a date' for text in wrong]
    assert reasons[-2:] == ["date is empty", "date is empty"]
    spark.conf.unset("spark.sql.ansi.enabled")


@pytest.mark.parametrize("ansi", ["true", "false"])
def test_numbers_are_read_suppressed_ones_are_null_others_get_a_reason(spark, ansi):
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    good = {"3,415": 3415.0, "3415.5": 3415.5, " 7 ": 7.0, "-1": -1.0, "1.2E+03": 1200.0, ".5": 0.5}
    null = ["", " ", None, "-999999", "-999,999", "-999999.0"]
    wrong = ["many", "NaN", "Infinity", "1,2", "3.415.000", "1 2", "0x10", "5d"]

    days = parsed(spark, *[text_row(number=text) for text in [*good, *null, *wrong]]).collect()

    found = [row["inpatient_beds_utilization_numerator"] for row in days]
    assert found == [*good.values(), *[None] * len(null), *[None] * len(wrong)]
    reasons = [row["_reason"] for row in days]
    name = "inpatient_beds_utilization_numerator"
    assert reasons[: len(good) + len(null)] == [None] * (len(good) + len(null))
    assert reasons[-len(wrong) :] == [f'{name} "{text}" is not a number' for text in wrong]
    spark.conf.unset("spark.sql.ansi.enabled")


def test_all_reasons_of_a_row_are_told_and_that_of_the_reader_alone(spark):
    days = parsed(
        spark, text_row("soon", "many", state=" "), (*[None] * 8, "f", 3, "raw", "it is torn")
    )

    first, second = [row["_reason"] for row in days.collect()]
    numerator = "inpatient_beds_utilization_numerator"
    assert first == (
        f'state is empty; date "soon" is not a date; {numerator} "many" is not a number'
    )
    assert second == "it is torn"


def test_a_day_is_unusable_when_no_measure_has_both_numbers(spark):
    day = date(2021, 12, 10)
    rows = [
        ("both", day, 1.0, 2.0, None, None, None, None),
        ("other measure", day, None, 2.0, 0.0, 5.0, None, None),
        ("no denominator", day, 1.0, None, None, None, None, None),
        ("denominator is 0", day, 1.0, 0.0, None, None, None, None),
        ("nothing", day, None, None, None, None, None, None),
    ]
    days = spark.createDataFrame(rows, DAYS)

    left = days.where(~unusable(days)).select("state")

    assert [row[0] for row in left.collect()] == ["both", "other measure"]


def test_months_sum_and_average_the_days_that_count(spark):
    rows = [
        ("ID", date(2021, 12, 1), 1.0, 2.0, None, None, 1.0, 10.0),
        ("ID", date(2021, 12, 31), 3.0, 4.0, None, None, None, 10.0),  # no covid numerator
        ("ID", date(2021, 12, 15), 9.0, 0.0, None, None, 3.0, 10.0),  # no inpatient beds
        ("ID", date(2022, 1, 1), 1.0, 1.0, None, None, None, None),
        ("WY", date(2021, 12, 1), 1.0, 4.0, 1.0, 2.0, None, None),
    ]

    months = by_month(spark.createDataFrame(rows, DAYS))

    measures = ("bed_use", "icu_use", "covid_share")
    schema = "state string, month date, " + ", ".join(
        f"{name}_days int, {name}_ratio double, {name}_mean double" for name in measures
    )
    none = (None, None, None)
    expected = [
        ("ID", date(2021, 12, 1), 2, 4 / 6, 0.625, *none, 2, 0.2, 0.2),
        ("ID", date(2022, 1, 1), 1, 1.0, 1.0, *none, *none),
        ("WY", date(2021, 12, 1), 1, 0.25, 0.25, 1, 0.5, 0.5, *none),
    ]
    assert_df_equality(
        months, spark.createDataFrame(expected, schema), ignore_row_order=True, ignore_nullable=True
    )
