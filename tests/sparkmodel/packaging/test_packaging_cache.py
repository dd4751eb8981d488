"""What the cache spares, and that nothing wrong ever comes out of it."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from sparkmodel.packaging import PackagingError, Target
from sparkmodel.packaging.content_store import ContentStore


@pytest.fixture
def lock(shelf, write_lock):
    one = shelf.wheel("one", files={"one/data.txt": "x" * 5000})
    return write_lock(shelf.line(one), shelf.line(shelf.wheel("two")))


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def wheels_in(cache):
    return sorted((cache / "wheels").glob("*/*.whl"))


def test_an_unchanged_lock_reads_no_wheel_and_writes_nothing(lock, build, cache):
    first = build(lock)
    for wheel in wheels_in(cache):
        wheel.unlink()
    before = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}

    assert build(lock) == first
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*")} == before


def test_a_missing_archive_is_made_of_the_wheels_that_are_there(lock, build, shelf):
    first = build(lock)
    first.path.unlink()
    shelf.fetched.clear()

    assert build(lock) == first
    assert first.path.exists()
    assert shelf.fetched == []


def test_a_new_package_fetches_only_itself(lock, build, shelf):
    build(lock)
    shelf.fetched.clear()
    lock.write_text(lock.read_text() + shelf.line(shelf.wheel("three")))

    build(lock)

    assert shelf.fetched == ["three"]


def test_each_target_gets_wheels_of_its_own(shelf, write_lock, build, x86, arm):
    built = [
        shelf.wheel("fast", tag=f"cp311-cp311-manylinux_2_28_{machine}", files={"fast.so": machine})
        for machine in ("x86_64", "aarch64")
    ]
    lock = write_lock(shelf.line(*built))

    assert build(lock, target=x86).sha256 != build(lock, target=arm).sha256
    assert shelf.fetched == ["fast", "fast"]


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty"])
def test_a_damaged_archive_is_noticed_and_built_anew(lock, build, damage):
    good = build(lock)
    content = good.path.read_bytes()
    stat = good.path.stat()
    spoilt = bytearray(content)
    spoilt[len(spoilt) // 2] ^= 1
    good.path.write_bytes({"truncate": content[:100], "flip": bytes(spoilt), "empty": b""}[damage])
    os.utime(good.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert build(lock) == good
    assert good.path.read_bytes() == content


def test_an_archive_that_only_looks_different_is_kept(lock, build, shelf):
    good = build(lock)
    os.utime(good.path, (0, 0))
    inode = good.path.stat().st_ino

    assert build(lock) == good
    assert good.path.stat().st_ino == inode


@pytest.mark.parametrize("text", ["", "nonsense", "../../etc/passwd", "0" * 64])
def test_a_damaged_record_leads_to_a_new_build(lock, build, cache, text):
    good = build(lock)
    (record,) = (path for path in (cache / "inputs").iterdir() if path.is_file())
    record.write_text(text)

    assert build(lock) == good


def test_a_damaged_wheel_is_noticed_and_fetched_anew(lock, build, cache, shelf):
    good = build(lock)
    good.path.unlink()
    wheels_in(cache)[0].write_bytes(b"PK not a wheel any more")
    shelf.fetched.clear()

    assert build(lock) == good
    assert len(shelf.fetched) == 1


def test_builds_at_the_same_time_give_the_same_good_archive(lock, build):
    with ThreadPoolExecutor(8) as pool:
        artifacts = set(pool.map(lambda _: build(lock), range(16)))

    assert len(artifacts) == 1
    assert build(lock) in artifacts


def test_nothing_half_written_is_left_when_a_build_fails(shelf, write_lock, build, cache):
    one = shelf.wheel("one", files={"x.py": "1"})
    two = shelf.wheel("two", files={"x.py": "2"})

    with pytest.raises(PackagingError):
        build(write_lock(shelf.line(one), shelf.line(two)))

    assert {path for path in cache.rglob("*") if path.is_file()} == set(wheels_in(cache))


def test_what_a_killed_process_left_is_swept_after_a_day(tmp_path):
    parts = tmp_path / "parts"
    (parts / "old").mkdir(parents=True)
    (parts / "young").touch()
    os.utime(parts / "old", (0, 0))

    ContentStore(tmp_path).keep_bytes(b"content", ".zip")

    assert [path.name for path in parts.iterdir()] == ["young"]


def test_a_full_disk_is_said_in_a_sentence(lock, build, monkeypatch):
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sparkmodel.packaging.environment.write_archive", full)

    with pytest.raises(PackagingError, match=r"the disk is full.*SPARKRAIL_CACHE"):
        build(lock)


def test_the_same_content_is_kept_once_under_its_hash(tmp_path):
    store = ContentStore(tmp_path)

    first, second = store.keep_bytes(b"x", ".zip"), store.keep_bytes(b"x", ".zip")

    assert first == second
    assert first.path.name == f"{first.sha256}.zip"


def test_an_older_glibc_is_another_target(lock, build, shelf):
    build(lock)
    shelf.fetched.clear()

    build(lock, target=Target(python="3.11", architecture="x86_64", glibc=(2, 28)))

    assert sorted(shelf.fetched) == ["one", "two"]
