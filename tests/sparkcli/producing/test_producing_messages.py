"""Which records are sent: seeded, of every kind as many as were asked for."""

import itertools
import json
from collections import Counter

import pytest

from sparkcli.producing.broken import broken_value
from sparkcli.producing.by_type import records_by_type
from sparkcli.producing.messages import Kind, Shares, messages

SHARES = Shares(bad=0.05, late=0.1, duplicates=0.05)


def taken(good, form, count, shares=SHARES, seed=7):
    return list(itertools.islice(messages(good, form, shares, seed), count))


def test_every_kind_comes_about_as_often_as_asked(good, form):
    kinds = Counter(message.kind for message in taken(good, form, 10_000))

    assert kinds[Kind.BAD] == pytest.approx(500, rel=0.2)
    assert kinds[Kind.LATE] == pytest.approx(1000, rel=0.2)
    assert kinds[Kind.DUPLICATE] == pytest.approx(500, rel=0.2)
    assert kinds.total() == 10_000


def test_the_same_seed_gives_the_same_messages(form):
    def made(seed):
        records = ({"id": f"{n}", "page": "p"} for n in itertools.count())
        return taken(records, form, 500, seed=seed)

    assert made(1) == made(1)
    assert made(1) != made(2)


def test_a_duplicate_is_a_good_record_that_was_just_sent_word_for_word(good, form):
    sent = taken(good, form, 5000)

    for place, message in enumerate(sent):
        if message.kind is Kind.DUPLICATE:
            before = [one for one in sent[:place] if one.kind is Kind.GOOD][-50:]
            assert (message.identity, message.key, message.value) in [
                (one.identity, one.key, one.value) for one in before
            ]


def test_identities_of_good_and_late_records_are_all_different(good, form):
    own = [m.identity for m in taken(good, form, 5000) if m.kind in (Kind.GOOD, Kind.LATE)]

    assert len(set(own)) == len(own)


def test_a_late_record_differs_in_its_moments_alone(good, form):
    late = next(m for m in taken(good, form, 500) if m.kind is Kind.LATE)

    record = json.loads(late.value)
    assert record["seen_at"] == "2026-11-21T10:00:00.000Z"
    assert record["page"] == f"p{record['seconds'] % 3}"
    assert late.key == record["page"].encode()


def test_without_shares_all_are_good(good, form):
    assert {m.kind for m in taken(good, form, 100, Shares())} == {Kind.GOOD}


def _reason(value, form):
    """Why a value is no record, as the platform would say."""
    if value is None:
        return "no value"
    try:
        record = json.loads(value.decode())
    except UnicodeDecodeError:
        return "not UTF-8"
    except ValueError:
        return "not JSON"
    if any(name not in record for name in form.required):
        return "missing"
    wrong = isinstance(record["seconds"], str) or record["seen_at"] == "many"
    return "another type" if wrong else "none"


def test_bad_records_are_bad_in_every_way_the_platform_knows(good, form):
    bad = [m for m in taken(good, form, 5000) if m.kind is Kind.BAD]

    reasons = Counter(_reason(message.value, form) for message in bad)
    assert set(reasons) == {"no value", "not UTF-8", "not JSON", "missing", "another type"}


def test_a_topic_of_texts_alone_has_bad_records_too(form):
    import random

    draw = random.Random(1)
    for _ in range(100):
        value = broken_value({"id": "1"}, {"id": "string"}, (), draw)
        assert value is None or value.startswith(b"\xff\xfe") or value == b'{"id":"1"}'[:-3]


def test_records_by_type_have_a_value_of_each_columns_type():
    columns = {
        "id": "long", "name": "string", "size": "int", "share": "double", "price": "decimal(9,2)",
        "on": "boolean", "day": "date", "at": "timestamp", "tags": "array<string>",
        "more": "struct<a:int>",
    }  # fmt: skip

    first, second = itertools.islice(records_by_type(columns, 3), 2)

    kinds = [type(first[name]) for name in ("id", "name", "size", "share", "price", "on")]
    assert kinds == [int, str, int, float, int, bool]
    assert first["id"] != second["id"]
    assert (first["tags"], first["more"]) == ([], {})
    assert list(first) == list(columns)
