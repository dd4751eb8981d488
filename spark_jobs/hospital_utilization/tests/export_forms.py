"""Write the rows of an export in every form in which the dataset is published."""

import csv
import gzip
import io
import random
from datetime import datetime

SEED = 117
COLUMNS = 117
MORE_MEASURES = ("adult_icu_bed_utilization", "percent_of_inpatients_with_covid")


def read(path):
    """The header and rows of an export."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def write(path, header, rows, *, bom=False, newline="\n", quoting=csv.QUOTE_MINIMAL):
    """Write an export; compressed if the name ends in .gz."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=newline, quoting=quoting).writerows([header, *rows])
    data = text.getvalue().encode("utf-8-sig" if bom else "utf-8")
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def with_dates(header, rows, form):
    """Write each readable date in another form, such as `%m/%d/%Y`."""
    place = header.index("date")
    return [[*row[:place], _date(row[place], form), *row[place + 1 :]] for row in rows]


def reordered(header, rows):
    """Put the columns in another order."""
    order = random.Random(SEED).sample(range(len(header)), len(header))
    return [header[n] for n in order], [[row[n] for n in order] for row in rows]


def widened(header, rows):
    """Add columns up to 117, among them the other two measures and one of several lines."""
    chance = random.Random(SEED)
    measures = [f"{m}_{part}" for m in MORE_MEASURES for part in ("numerator", "denominator")]
    fillers = [f"column_{n}" for n in range(COLUMNS - len(header) - len(measures) - 1)]
    more = [[*_two(chance), *_two(chance), *_fillers(chance, fillers)] for _ in rows]
    wide = [[*row, *extra, "POINT (-86,\n32)"] for row, extra in zip(rows, more, strict=True)]
    return [*header, *measures, *fillers, "geocoded_state"], wide


def suppressed(header, rows, every=50):
    """Suppress the numerator of each so many rows."""
    place = header.index("inpatient_beds_utilization_numerator")
    forms = ("-999999", "-999,999", "-999999.0")
    return [
        [*row[:place], forms[n % 3], *row[place + 1 :]] if n % every == 0 else row
        for n, row in enumerate(rows)
    ]


def _two(chance):
    """A numerator and a denominator: mostly there, some empty, some 0, some suppressed."""
    draw = chance.random()
    if draw < 0.1:
        return ["", ""]
    if draw < 0.12:
        return ["0", "0"]
    if draw < 0.14:
        return ["-999999", "100"]
    whole = chance.randrange(100, 9000)
    return [f"{chance.randrange(whole)}.0", f"{whole:,}"]


def _fillers(chance, names):
    return [chance.choice(("", "1", "2,000", "0.5", 'he said "no"')) for _ in names]


def _date(text, form):
    try:
        return datetime.strptime(text, "%Y/%m/%d").strftime(form)
    except ValueError:
        return text
