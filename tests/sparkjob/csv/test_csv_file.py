import gzip

from sparkjob.csv.file import Closing, read_file
from sparkjob.csv.header import Wanted

WANTED = Wanted(required=("id",), optional=("note",), any_of=(("a", "b"), ("c", "d")))


def read(content, wanted=WANTED):
    *rows, last = read_file("file.csv", content, wanted)
    return rows, Closing.from_json(last[-1])


def test_columns_are_found_by_name_and_absent_ones_are_null():
    rows, closing = read(b"d,c,x,id\n4,3,0,1\n")

    assert rows == [("1", None, None, None, "3", "4", "file.csv", 2, "4,3,0,1", None, None)]
    assert closing == Closing("file.csv", 1, ("d", "c", "x", "id"), ())


def test_a_torn_record_has_a_reason_and_no_values():
    rows, closing = read(b"id,a,b\n1,2\n1,2,3\n")

    assert rows[0] == (*[None] * 6, "file.csv", 2, "1,2", "2 fields where the header has 3", None)
    assert closing.records == 2


def test_gzip_is_known_by_its_bytes_and_has_the_same_rows():
    plain = b"\xef\xbb\xbfid,a,b\r\n" + b'1,"2\r\n",3\r\n' * 5000

    assert read(gzip.compress(plain)) == read(plain)


def test_all_that_is_wrong_with_a_header_is_told_at_once():
    _, closing = read(b"ID,a,x,x\n1,2,3,4\n")

    assert closing.problems == (
        "the header names x more than once",
        'missing: id (did you mean "ID"?)',
        "missing: at least one of a and b | c and d",
        "it has 4 columns: ID, a, x, x",
    )


def test_a_cut_off_gzip_is_refused_wherever_it_ends():
    whole = gzip.compress(b"id,a,b\n" + b"".join(b"%d,2,3\n" % n for n in range(99_999)))

    for length in (11, 200, len(whole) // 2, len(whole) - 4):
        (problem,) = read(whole[:length])[1].problems
        assert "cut off or damaged" in problem


def test_unnamed_columns_at_the_end_are_no_duplicates():
    assert read(b"id,a,b,,\n1,2,3,,\n")[1].problems == ()
