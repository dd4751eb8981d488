"""Make sample.csv: a small stand-in for the real export, with the same columns and the same traps.

Run it from anywhere: python make_sample.py. It writes the same bytes each time.
"""

import random
from datetime import date, timedelta
from pathlib import Path

SEED = 20220209
FIRST_DAY, DAYS = date(2020, 10, 15), 200
BEDS = {"AK": 1200, "DC": 3100, "FL": 51000, "ID": 3400, "NY": 48000, "RI": 2300}
BEDS |= {"SD": 2200, "TX": 61000, "VT": 1100, "WA": 13200, "WY": 1500}
CROWDED = ("RI", 2021, 1)  # the one month over 100 %
BAD_DATES = ("2021/02/30", "2020/13/01", "", "yesterday", "2021-02-31T00:00:00", "02/30/2021")
HEADER = (
    "state,date,critical_staffing_shortage_today_yes,inpatient_beds,inpatient_beds_used,"
    "previous_day_admission_adult_covid_confirmed,previous_day_admission_pediatric_covid_confirmed,"
    "staffed_icu_adult_patients_confirmed_covid,total_adult_patients_hospitalized_confirmed_covid,"
    "total_pediatric_patients_hospitalized_confirmed_covid,inpatient_beds_utilization_numerator,"
    "inpatient_beds_utilization_denominator,deaths_covid"
)


def make() -> bytes:
    """The bytes of the sample."""
    chance = random.Random(SEED)
    days = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
    rows = [_row(chance, state, day) for state in BEDS for day in days]
    for place, text in zip(chance.sample(range(len(rows)), len(BAD_DATES)), BAD_DATES, strict=True):
        rows[place][1] = text
    chance.shuffle(rows)
    lines = [HEADER, *[",".join(_quoted(field) for field in row) for row in rows]]
    return b"\xef\xbb\xbf" + "".join(f"{line}\n" for line in lines).encode()


def _row(chance: random.Random, state: str, day: date) -> list[str]:
    beds = BEDS[state] + chance.randrange(-BEDS[state] // 20, BEDS[state] // 20)
    crowded = (state, day.year, day.month) == CROWDED
    used = int(beds * (chance.uniform(1.01, 1.08) if crowded else chance.uniform(0.55, 0.92)))
    covid = used // chance.randrange(8, 30)
    children = covid // 40
    counts = [beds, used, covid // 9, children // 5, covid // 4, covid, children]
    early = day < date(2020, 11, 1)  # the COVID columns came later than the others
    measure = _measure(chance, used, beds)
    covid_counts = ["" if early else _number(count) for count in counts[2:]]
    deaths = str(covid // 60)
    head = [state, f"{day:%Y/%m/%d}", str(chance.randrange(20))]
    return [*head, _number(beds), _number(used), *covid_counts, *measure, deaths]


def _measure(chance: random.Random, used: int, beds: int) -> list[str]:
    draw = chance.random()
    if draw < 0.02:
        return ["", ""]
    if draw < 0.025:
        return ["-999999", _number(beds)]
    if draw < 0.03:
        return ["-999,999", "-999,999"]
    if draw < 0.032:
        return ["0", "0"]
    return [_number(used), _number(beds)]


def _number(count: int) -> str:
    return f"{count:,}"


def _quoted(field: str) -> str:
    return f'"{field}"' if "," in field else field


if __name__ == "__main__":
    Path(__file__).with_name("sample.csv").write_bytes(make())
