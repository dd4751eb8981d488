"""The real pip, offered a folder instead of an index."""

import pytest

from sparkmodel.packaging import PackagingError, Target


def names(cache):
    return sorted(path.name for path in cache.glob("wheels/*/*.whl"))


def test_the_wheel_of_the_target_is_taken_whatever_this_computer_is(
    pip_shelf, write_lock, build, arm, tmp_path
):
    machines = ("x86_64", "aarch64")
    fast = [
        pip_shelf.wheel("fast", tag=f"{python}-{python}-{platform}_{machine}", files={"f.so": ""})
        for machine in machines
        for python in ("cp311", "cp312")
        for platform in ("manylinux_2_28", "manylinux_2_39", "musllinux_1_2")
    ]
    stable = pip_shelf.wheel("stable", tag="cp38-abi3-manylinux2014_aarch64", files={"s.so": ""})
    pure = pip_shelf.wheel("pure")
    lock = write_lock(*(pip_shelf.line(*each) for each in (fast, [stable], [pure])))

    build(lock, target=arm)

    assert names(tmp_path / "cache") == [
        "fast-1.0-cp311-cp311-manylinux_2_28_aarch64.whl",
        "pure-1.0-py3-none-any.whl",
        "stable-1.0-cp38-abi3-manylinux2014_aarch64.whl",
    ]


def test_packages_without_wheel_are_all_named_with_three_ways_out(pip_shelf, write_lock, build):
    source = pip_shelf.line(pip_shelf.sdist("only_source"))
    foreign = pip_shelf.line(pip_shelf.wheel("foreign", tag="cp312-cp312-manylinux_2_28_x86_64"))
    good = pip_shelf.line(pip_shelf.wheel("good"))

    with pytest.raises(PackagingError) as caught:
        build(write_lock(source, good, foreign))

    message = str(caught.value)
    for line, package in ((1, "only-source==1.0"), (5, "foreign==1.0")):
        assert (
            f"spark_jobs/job/requirements.txt:{line}  {package}\n"
            "    has no wheel for CPython 3.11 on Linux x86_64, glibc 2.34" in message
        )
    assert "--python-platform x86_64-manylinux_2_34 --python-version 3.11" in message
    assert "pip wheel --no-deps --wheel-dir wheels only-source==1.0" in message
    assert "-o spark_jobs/job/requirements.txt --upgrade-package only-source" in message
    assert "spark_jobs/only_source/" in message
    assert message.endswith("2 problems. Nothing was packaged.")


def test_the_good_packages_of_a_bad_lock_are_not_fetched_twice(
    pip_shelf, write_lock, build, tmp_path
):
    good = pip_shelf.line(pip_shelf.wheel("good"))
    bad = pip_shelf.line(pip_shelf.sdist("bad"))

    with pytest.raises(PackagingError):
        build(write_lock(good, bad))

    assert names(tmp_path / "cache") == ["good-1.0-py3-none-any.whl"]


def test_a_package_for_later_pythons_only_is_refused(pip_shelf, write_lock, build):
    lock = write_lock(pip_shelf.line(pip_shelf.wheel("modern", python=">=3.12")))

    with pytest.raises(PackagingError, match=r"has no wheel for CPython 3\.11"):
        build(lock)


def test_a_file_with_another_hash_is_refused(pip_shelf, write_lock, build):
    lock = write_lock(pip_shelf.line(pip_shelf.wheel("changed")))
    pip_shelf.wheel("changed", files={"changed.py": "evil = True\n"})

    with pytest.raises(PackagingError) as caught:
        build(lock)

    assert "requirements.txt:1  changed==1.0" in str(caught.value)
    assert "a file whose sha256 is not in the lock" in str(caught.value)


def test_no_network_is_not_mistaken_for_a_missing_wheel(pip_shelf, write_lock, build, monkeypatch):
    lock = write_lock(pip_shelf.line(pip_shelf.wheel("far")))
    (pip_shelf.folder / "far-1.0-py3-none-any.whl").unlink()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")

    with pytest.raises(PackagingError, match="pip does not reach its index"):
        build(lock)


def test_wheels_that_are_there_need_no_pip(pip_shelf, write_lock, build, monkeypatch):
    lock = write_lock(pip_shelf.line(pip_shelf.wheel("one")))
    first = build(lock)
    first.path.unlink()

    def no_pip(*_: object, **__: object) -> None:
        pytest.fail("pip was started")

    monkeypatch.setattr("sparkmodel.packaging.pip.subprocess.run", no_pip)

    assert build(lock) == first


def test_an_image_with_an_older_c_library_gets_an_older_wheel(
    pip_shelf, write_lock, build, tmp_path
):
    tags = [f"cp39-cp39-manylinux_2_{minor}_x86_64" for minor in (17, 28)]
    lock = write_lock(pip_shelf.line(*(pip_shelf.wheel("old", tag=tag) for tag in tags)))

    build(lock, target=Target(python="3.9", architecture="x86_64", glibc=(2, 26)))

    assert names(tmp_path / "cache") == ["old-1.0-cp39-cp39-manylinux_2_17_x86_64.whl"]
