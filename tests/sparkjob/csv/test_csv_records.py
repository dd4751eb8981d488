import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkjob.csv.records import Records, split

BLANKS = b" \t\n\r\v\f"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\v\f\x1c\x1d\x1e\x85"))


def records(data, width=None):
    return list(Records(io.BytesIO(data), width=width))


@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=8))
def test_what_a_csv_writer_wrote_is_read_back(rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)

    found = records(text.getvalue().encode(), width=3)

    assert [record.fields for record in found] == rows
    assert [record.reason for record in found] == [None] * len(rows)


@given(st.binary(max_size=200))
def test_no_byte_is_lost_whatever_the_file(data):
    found = records(data, width=2)

    kept = b"".join(record.raw for record in found)
    assert kept.translate(None, BLANKS) == data.translate(None, BLANKS)


def test_line_numbers_are_those_of_the_file():
    found = records(b'a,1\n\n"b\nb",2\r\nc,3')

    assert [(record.line, record.raw) for record in found] == [
        (1, b"a,1"),
        (3, b'"b\nb",2'),
        (5, b"c,3"),
    ]


def test_an_unclosed_quote_costs_its_own_record_only():
    found = records(b'a,"1\nb,"2,000"\nc,3\n"d,4\ne,5\n', width=2)

    assert [record.fields for record in found] == [
        None,
        ["b", "2,000"],
        ["c", "3"],
        None,
        ["e", "5"],
    ]
    assert {record.reason for record in found if not record.fields} == {
        "a quote is opened and never closed"
    }


def test_a_record_of_several_lines_that_is_too_short_stays_one_record():
    (found,) = records(b'"one\ntwo\nthree"\n', width=2)

    assert found.reason == "1 fields where the header has 2"
    assert found.text == '"one\ntwo\nthree"'


def test_a_quote_within_a_field_is_text():
    assert split(b'5" pipe,1', 2) == (['5" pipe', "1"], None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"a", "1 fields where the header has 2"),
        (b"a,b,c", "3 fields where the header has 2"),
        (b"caf\xe9,1", "byte 4, 0xe9, is not UTF-8"),
        (b"a\0,1", "it has a NUL byte"),
        (b'"a"b,1', "not CSV: ',' expected after '\"'"),
    ],
)
def test_what_cannot_be_split_says_why(raw, reason):
    assert split(raw, 2) == (None, reason)


def test_bytes_that_are_not_text_can_still_be_told_apart():
    (found,) = records(b"caf\xe9,1\n")

    assert found.text == "caf\\xe9,1"
