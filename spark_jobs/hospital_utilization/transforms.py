"""From rows of text to days with numbers, and from days to months. No input or output here."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MEASURES = {
    name: (f"{column}_numerator", f"{column}_denominator")
    for name, column in {
        "bed_use": "inpatient_beds_utilization",
        "icu_use": "adult_icu_bed_utilization",
        "covid_share": "percent_of_inpatients_with_covid",
    }.items()
}
NUMBERS = [column for pair in MEASURES.values() for column in pair]
SUPPRESSED = -999999

_TIME = r"(?:[T ]+(?:[01]?\d|2[0-3])(?::[0-5]\d){1,2}(?:\.\d+)?(?: ?[AP]M)?(?:Z|[+-]\d\d:?\d\d)?)?"
_YEAR_FIRST = rf"^([12]\d{{3}})([/-])(\d{{1,2}})\2(\d{{1,2}}){_TIME}$"
_YEAR_LAST = rf"^(\d{{1,2}})/(\d{{1,2}})/([12]\d{{3}}){_TIME}$"
_NUMBER = r"^[+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d{1,30})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?$"


def parse(rows: DataFrame) -> DataFrame:
    """Turn text into state, day and numbers; a row of which a part is unreadable gets a reason.

    Args:
        rows: Rows of `read_csv`: text columns `state`, `date` and NUMBERS.

    Returns:
        `state`, `day`, NUMBERS as double (null where empty or suppressed), and the bookkeeping
        columns of `read_csv`, with the reasons found here added to `_reason`.
    """
    texts = ["state", "date", *NUMBERS]
    trimmed = rows.select(*[F.trim(name).alias(name) for name in texts], *_kept(rows))
    dated = trimmed.withColumn("_iso", _iso_date("date"))
    typed = dated.withColumn("day", F.expr("try_cast(_iso AS date)"))
    reasons = [_missing("state"), _bad_date(), *[_bad_number(name) for name in NUMBERS]]
    found = F.concat_ws("; ", *reasons)
    return typed.select(
        "state",
        "day",
        *[_number(name).alias(name) for name in NUMBERS],
        *[name for name in _kept(rows) if name != "_reason"],
        F.coalesce("_reason", F.when(found != "", found)).alias("_reason"),
    )


def unusable(days: DataFrame) -> Column:
    """Whether no measure can be computed on a day."""
    return ~reduce(Column.__or__, [_usable(name) for name in MEASURES])


def by_month(days: DataFrame, *, min_days: int = 1) -> DataFrame:
    """Summarise days by state and month.

    Args:
        days: `state`, `day` and NUMBERS as double.
        min_days: Where a measure has fewer usable days in a month, its columns are null.

    Returns:
        `state`, `month` (its first day) and for each measure `_days` (usable ones), `_ratio` (sum
        of numerators over sum of denominators) and `_mean` (mean of the daily ratios).
    """
    month = F.trunc("day", "month").alias("month")
    sums = [column for name in MEASURES for column in _summed(name)]
    months = days.groupBy("state", month).agg(*sums)
    enough = [column for name in MEASURES for column in _where_enough(name, min_days)]
    return months.select("state", "month", *enough)


def _kept(rows: DataFrame) -> list[str]:
    return [name for name in rows.columns if name.startswith("_")]


def _iso_date(name: str) -> Column:
    """The date without its time as year-month-day; null in any other form."""
    year_first = F.regexp_replace(name, _YEAR_FIRST, "$1-$3-$4")
    year_last = F.regexp_replace(name, _YEAR_LAST, "$3-$1-$2")
    return F.when(F.col(name).rlike(_YEAR_FIRST), year_first).when(
        F.col(name).rlike(_YEAR_LAST), year_last
    )


def _number(name: str) -> Column:
    """The number; null where the text is empty, unreadable, or says that it is suppressed."""
    number = F.regexp_replace(name, ",", "").cast("double")
    return F.when(F.col(name).rlike(_NUMBER) & (number != SUPPRESSED), number)


def _missing(name: str) -> Column:
    return F.when(F.coalesce(F.col(name), F.lit("")) == "", F.lit(f"{name} is empty"))


def _bad_date() -> Column:
    wrong = F.concat(F.lit('date "'), F.col("date"), F.lit('" is not a date'))
    return F.coalesce(_missing("date"), F.when(F.col("day").isNull(), wrong))


def _bad_number(name: str) -> Column:
    wrong = F.concat(F.lit(f'{name} "'), F.col(name), F.lit('" is not a number'))
    return F.when((F.col(name) != "") & ~F.col(name).rlike(_NUMBER), wrong)


def _usable(measure: str) -> Column:
    """Whether numerator and denominator are both there and the denominator is over 0."""
    numerator, denominator = MEASURES[measure]
    positive = F.coalesce(F.col(denominator) > 0, F.lit(False))
    return F.col(numerator).isNotNull() & positive


def _summed(measure: str) -> list[Column]:
    numerator, denominator = (F.col(name) for name in MEASURES[measure])
    usable = _usable(measure)
    total = F.sum(F.when(usable, numerator)) / F.sum(F.when(usable, denominator))
    return [
        F.count(F.when(usable, 1)).cast("int").alias(f"{measure}_days"),
        total.alias(f"{measure}_ratio"),
        F.avg(F.when(usable, numerator / denominator)).alias(f"{measure}_mean"),
    ]


def _where_enough(measure: str, min_days: int) -> list[Column]:
    enough = F.col(f"{measure}_days") >= F.lit(max(min_days, 1))
    names = [f"{measure}_days", f"{measure}_ratio", f"{measure}_mean"]
    return [F.when(enough, F.col(name)).alias(name) for name in names]
