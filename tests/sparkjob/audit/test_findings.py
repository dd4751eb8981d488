"""How findings are told: short enough for a mail, whatever they are."""

from sparkjob.audit.findings import Finding, Line, listed

LIMIT = 2000  # of the whole error, with what the caller adds
SAMPLE = ({"state": "AK", "month": "2021-01-01", "ratio": 1.2},)


def lines(count, name="{n}: the ratio of a month and state is plausible", sample=SAMPLE):
    found = [Finding("state_month", name.format(n=n), 3, 1204, sample) for n in range(1, count + 1)]
    return [Line(str(finding), finding.brief()) for finding in found]


def test_a_finding_reads_like_a_sentence():
    several = Finding("state_month", "ratio <= 1", 3, 1204, SAMPLE)
    one = Finding("state_month", "ratio <= 1", 1, 1204)
    whole = Finding("state_month", "5 <= rows", 0, 0, found="the run brings 0 rows")

    assert str(several) == (
        "3 of 1,204 rows of state_month break ratio <= 1, "
        "for example state AK, month 2021-01-01, ratio 1.2"
    )
    assert str(one) == "1 of 1,204 rows of state_month breaks ratio <= 1"
    assert str(whole) == "state_month breaks 5 <= rows: the run brings 0 rows"


def test_a_few_findings_are_listed_with_examples():
    assert listed(lines(5)).count("for example") == 5


def test_twenty_findings_are_all_listed_without_examples():
    told = listed(lines(20))

    assert [line.split()[0] for line in told.splitlines()] == [f"{n}:" for n in range(1, 21)]
    assert told.splitlines()[0].endswith(" is plausible: 3 of 1,204 rows")
    assert "for example" not in told
    assert len(told) < LIMIT - 300


def test_of_more_than_fit_the_others_are_counted():
    told = listed(lines(60)).splitlines()

    assert told[-1] == f"  and {60 - len(told) + 1} more"
    assert sum(map(len, told)) < LIMIT - 300


def test_a_long_name_and_long_values_do_not_make_a_long_line():
    sample = ({"text": "long " * 20, "more": "long " * 20, "most": "long " * 20},)

    (line,) = listed(lines(1, "is\n good " * 90, sample)).splitlines()

    assert len(line) <= 302
    assert "is good is good" in line
    assert line.endswith("…")


def test_a_value_that_one_could_not_see_is_quoted():
    sample = ({"a": "x\ny", "b": " AK", "c": "", "d": None, "e": True, "f": {"g": [1]}},)

    assert str(Finding("out", "c", 1, 1, sample)).endswith(
        'for example a "x\\ny", b " AK", c "", d null, e true, f {"g": [1]}'
    )
