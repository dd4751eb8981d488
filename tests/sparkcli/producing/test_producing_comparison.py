"""What was sent against what is there: every way to differ is a count of its own."""

from collections import Counter

from sparkcli.producing.comparison import Found, compare
from sparkcli.producing.journal import Sent
from sparkcli.producing.messages import Kind

GOOD = [Sent(Kind.GOOD, name, 0, offset) for offset, name in enumerate("abc")]
LATE = Sent(Kind.LATE, "late", 1, 0)
AGAIN = Sent(Kind.DUPLICATE, "a", 1, 1)
BAD = Sent(Kind.BAD, "", 1, 2)
SENT = [*GOOD, LATE, AGAIN, BAD]


def there(rows="abc", quarantined=((1, 2),), late=((1, 0),)):
    counted = None if rows is None else Counter(rows)
    return Found(counted, Counter(quarantined), Counter(late))


def test_everything_where_it_should_be_is_exact():
    found = compare(SENT, 0, there())

    assert found.exact
    assert found.acknowledged == {"good": 3, "late": 1, "duplicate": 1, "bad": 1}
    assert (found.lost, found.duplicated, found.quarantined, found.late) == (0, 0, 1, 1)


def test_a_row_that_is_missing_is_lost():
    assert compare(SENT, 0, there("ab")).lost == 1


def test_a_row_too_many_is_duplicated():
    assert compare(SENT, 0, there("aabbbc")).duplicated == 3


def test_a_late_record_that_came_in_time_is_a_row_and_not_lost():
    found = compare(SENT, 0, there(["a", "b", "c", "late"], late=()))

    assert found.exact
    assert (found.late, found.in_time) == (0, 1)


def test_a_late_record_that_is_nowhere_is_lost():
    assert compare(SENT, 0, there(late=())).lost == 1


def test_a_bad_record_that_is_not_in_quarantine_is_lost():
    assert compare(SENT, 0, there(quarantined=())).lost == 1


def test_a_good_record_in_quarantine_is_misjudged_and_not_lost():
    found = compare(SENT, 0, there("ab", quarantined=[(1, 2), (0, 2)]))

    assert (found.lost, found.misjudged, found.exact) == (0, 1, False)


def test_a_record_that_was_quarantined_twice_is_duplicated():
    assert compare(SENT, 0, there(quarantined=[(1, 2), (1, 2)])).duplicated == 1


def test_what_others_sent_is_not_judged():
    found = compare(SENT, 0, there(["a", "b", "c", "x", "x"], quarantined=[(1, 2), (9, 9), (9, 9)]))

    assert found.exact


def test_of_sums_only_what_was_kept_aside_can_be_said():
    found = compare(SENT, 0, there(None))

    assert found.lost is None
    assert found.exact
    assert (found.quarantined, found.late) == (1, 1)
