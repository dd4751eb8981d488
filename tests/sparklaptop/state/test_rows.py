"""Rows: kept when the call returns, all of a kind or none, and never read by another version."""

import threading
from collections import defaultdict

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sparklaptop import LaptopError
from sparklaptop.state import pickling, stamp
from sparklaptop.state.rows import Rows

WHO = {"account": "111122223333", "region": "eu-central-1"}


@pytest.fixture
def opened(tmp_path):
    def do(**who):
        return stamp.open_stamped(
            tmp_path / "laptop.sqlite", tmp_path / "objects", **{**WHO, **who}
        )

    return do


def test_what_was_put_is_there_for_the_next_who_opens_the_file(tmp_path):
    rows = Rows(tmp_path / "a")
    rows.put("kind", "a/1", {"x": 1})
    rows.put("kind", "a/2", 2)
    rows.put("kind", "b/1", 3)
    rows.drop("kind", "a/2")

    again = Rows(tmp_path / "a")

    assert again.get("kind", "a/1") == {"x": 1}
    assert again.get("kind", "a/2") is None
    assert [key for key, _ in again.under("kind", "a/")] == ["a/1"]
    assert again.count("kind") == 2


def test_changes_that_belong_together_are_kept_together_or_not_at_all(tmp_path):
    rows = Rows(tmp_path / "a")

    def fail():
        with rows.together():
            rows.put("kind", "a", 1)
            with rows.together():
                rows.put("kind", "b", 2)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()

    assert rows.all("kind") == []


def test_what_pickle_cannot_write_is_made_anew(tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    thing = {
        "lock": threading.RLock(),
        "event": threading.Event(),
        "key": key,
        "map": defaultdict(dict),
    }

    found = pickling.loads(pickling.dumps(thing))

    assert found["key"].private_numbers() == key.private_numbers()
    assert found["lock"].acquire(blocking=False)
    with pytest.raises(pickling.NotKeptError):
        pickling.dumps({"a": lambda: None})


def test_a_state_says_who_wrote_it_and_is_opened_by_nobody_else(opened, monkeypatch):
    opened().close()
    opened().close()

    with pytest.raises(
        LaptopError, match=r"111122223333 in eu-central-1, not of 999(.|\n)*--forget"
    ):
        opened(account="999999999999")
    monkeypatch.setattr(stamp, "version", lambda _name: "9.9.9")
    with pytest.raises(LaptopError, match=r"moto 5(.|\n)*installed is moto 9\.9\.9(.|\n)*--forget"):
        opened()
    monkeypatch.undo()
    monkeypatch.setattr(stamp, "FORMAT", stamp.FORMAT + 1)
    with pytest.raises(LaptopError, match=r"has format(.|\n)*--forget"):
        opened()


def test_a_damaged_or_missing_file_is_told_and_not_begun_anew(opened, tmp_path):
    rows = opened()
    rows.put("kind", "a", "x" * 100_000)
    rows.close()
    file = tmp_path / "laptop.sqlite"
    whole = file.read_bytes()

    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LaptopError, match=r"is damaged(.|\n)*--forget"):
        opened()
    file.write_bytes(b"not a database" * 1000)
    with pytest.raises(LaptopError, match=r"is damaged(.|\n)*--forget"):
        opened()
    file.unlink()
    (tmp_path / "objects" / "ab").mkdir(parents=True)
    with pytest.raises(LaptopError, match=r"the file is missing(.|\n)*--forget"):
        opened()
