"""Every form in which the dataset is exported gives the oracle's numbers."""

import csv

import export_forms as forms
import pytest
from hospital_oracle import Answer, ask, same_months

from hospital_utilization.main import main


def as_it_is(header, rows):
    return header, rows


def suppressed(header, rows):
    return header, forms.suppressed(header, rows)


def dates(form):
    return lambda header, rows: (header, forms.with_dates(header, rows, form))


FORMS = {
    "as_it_is.csv": (as_it_is, {"bom": True}),
    "iso.csv": (dates("%Y-%m-%d"), {}),
    "iso_with_time.csv": (dates("%Y-%m-%dT00:00:00.000"), {}),
    "slashes_with_time_crlf.csv": (dates("%Y/%m/%d 00:00:00"), {"newline": "\r\n"}),
    "american.csv": (dates("%m/%d/%Y"), {"bom": True}),
    "american_with_time.csv": (dates("%m/%d/%Y 12:00:00 AM"), {}),
    "other_order.csv.gz": (forms.reordered, {}),
    "wide_with_line_breaks.csv": (forms.widened, {}),
    "suppressed_all_quoted.csv": (suppressed, {"quoting": csv.QUOTE_ALL}),
}


def test_every_form_of_the_sample_gives_the_numbers_of_the_oracle(job, sample, tmp_path):
    check(job, tmp_path / "hhs", forms.read(sample))


@pytest.mark.slow
def test_every_form_of_the_real_file_gives_the_numbers_of_the_oracle(job, real_file, tmp_path):
    check(job, tmp_path / "hhs", forms.read(real_file))


@pytest.mark.slow
def test_the_real_file_itself_gives_the_numbers_of_the_oracle(job, real_file):
    oracle = ask(real_file)

    ran = job.run(main, hhs=real_file)

    assert same_months(job.table("state_month").collect(), oracle.months)
    assert ran.rows == {**oracle.rows, "written": len(oracle.months)}


@pytest.mark.slow
def test_the_real_file_with_every_trap_at_once(job, real_file, tmp_path):
    american_with_time, _ = FORMS["american_with_time.csv"]
    wide = forms.widened(*suppressed(*american_with_time(*forms.read(real_file))))
    file = forms.write(
        tmp_path / "export.csv.gz", *forms.reordered(*wide), newline="\r\n", bom=True
    )
    oracle = ask(file)

    ran = job.run(main, hhs=file)

    assert same_months(job.table("state_month").collect(), oracle.months)
    assert ran.rows == {**oracle.rows, "written": len(oracle.months)}


def check(job, folder, export):
    """One run over a folder with the export in every form, each for states of its own."""
    folder.mkdir()
    (folder / "_part.csv").write_text("hidden, so not read")
    answers = {name: _answer(folder / name, export) for name in FORMS}

    ran = job.run(main, hhs=folder)

    written = job.table("state_month").collect()
    wrong = [
        name
        for name, answer in answers.items()
        if not same_months([row for row in written if row[0].startswith(name)], answer.months)
    ]
    told = [answer.rows for answer in answers.values()]
    rows = {fate: sum(each[fate] for each in told) for fate in told[0]}
    assert wrong == []
    assert ran.rows == {**rows, "written": sum(len(each.months) for each in answers.values())}
    assert ran.report["inputs"]["hhs"]["files"] == len(FORMS)


def _answer(file, export) -> Answer:
    header, rows = export
    change, how = FORMS[file.name]
    own = [[f"{file.name} {row[0]}", *row[1:]] for row in rows]
    return ask(forms.write(file, *change(header, own), **how))
