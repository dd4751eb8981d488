"""The job's answer by another way: SQL in DuckDB on the same file, written from the definition."""

import math
from dataclasses import dataclass

import duckdb

PREFIXES = {
    "bed_use": "inpatient_beds_utilization",
    "icu_use": "adult_icu_bed_utilization",
    "covid_share": "percent_of_inpatients_with_covid",
}
DATE_FORMS = "['%Y/%m/%d', '%Y-%m-%d', '%m/%d/%Y']"


@dataclass(frozen=True)
class Answer:
    rows: dict[str, int]
    months: list[tuple]


def ask(path):
    """Read, count and summarise the file at `path`."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE text AS SELECT * FROM read_csv(?, header=true, delim=',', quote='\"', "
        "escape='\"', all_varchar=true, auto_detect=true)",
        [str(path)],
    )
    there = {row[0] for row in con.execute("DESCRIBE text").fetchall()}
    numbers = [f"{p}_{part}" for p in PREFIXES.values() for part in ("numerator", "denominator")]
    columns = [_number(name) if name in there else f"NULL::DOUBLE AS {name}" for name in numbers]
    bad = [f"coalesce(trim({name}), '') <> '' AND {_double(name)} IS NULL" for name in numbers]
    bad_number = " OR ".join(
        f"({each})" for n, each in zip(numbers, bad, strict=True) if n in there
    )
    con.execute(
        f"""CREATE TABLE typed AS SELECT trim(state) AS state, {_date()} AS day,
        {", ".join(columns)}, ({bad_number}) AS bad_number FROM text"""
    )
    usable = {
        m: f"({p}_numerator IS NOT NULL AND coalesce({p}_denominator, 0) > 0)"
        for m, p in PREFIXES.items()
    }
    con.execute(
        f"""CREATE TABLE told AS SELECT *, CASE
        WHEN coalesce(state, '') = '' OR day IS NULL OR bad_number THEN 'quarantined'
        WHEN {" OR ".join(usable.values())} THEN 'used' ELSE 'excluded' END AS fate FROM typed"""
    )
    return Answer(_counts(con), _months(con, usable))


def same_months(spark_rows, months):
    """Whether the rows that Spark wrote are these months, doubles up to the order of a sum."""
    mine = sorted(tuple(row) for row in spark_rows)
    return len(mine) == len(months) and all(map(_same_row, mine, months))


def _same_row(mine, other):
    return len(mine) == len(other) and all(
        math.isclose(a, b, rel_tol=1e-12) if isinstance(a, float) and b is not None else a == b
        for a, b in zip(mine, other, strict=True)
    )


def _date():
    day = "split_part(replace(trim(date), 'T', ' '), ' ', 1)"
    return f"CAST(try_strptime({day}, {DATE_FORMS}) AS DATE)"


def _double(name):
    return f"TRY_CAST(replace(trim({name}), ',', '') AS DOUBLE)"


def _number(name):
    return f"nullif({_double(name)}, -999999) AS {name}"


def _counts(con):
    found = dict(con.execute("SELECT fate, count(*) FROM told GROUP BY fate").fetchall())
    rows = {fate: found.get(fate, 0) for fate in ("used", "excluded", "quarantined")}
    return {"read": sum(rows.values()), **rows}


def _months(con, usable):
    measures = ", ".join(
        f"""nullif(count(*) FILTER {ok}, 0) AS {m}_days,
        sum({p}_numerator) FILTER {ok} / sum({p}_denominator) FILTER {ok} AS {m}_ratio,
        avg({p}_numerator / {p}_denominator) FILTER {ok} AS {m}_mean"""
        for m, p in PREFIXES.items()
        for ok in [f"(WHERE {usable[m]})"]
    )
    return con.execute(
        f"""SELECT state, CAST(date_trunc('month', day) AS DATE) AS month, {measures} FROM told
        WHERE fate = 'used' GROUP BY ALL ORDER BY state, month"""
    ).fetchall()
