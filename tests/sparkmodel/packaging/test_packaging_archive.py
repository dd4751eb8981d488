"""The bytes of an archive: what is inside, and that nothing else decides over them."""

import gzip
import io
import os
import tarfile
import time

import pytest

from sparkmodel.packaging import PackagingError, Target
from sparkmodel.packaging.environment import WRITER, input_hash
from sparkmodel.packaging.lock import read_lock
from sparkmodel.packaging.tar import FILE, SYMLINK, header

SITE = "lib/python3.11/site-packages"


@pytest.fixture
def sample(shelf, write_lock):
    """A lock of two packages with all that wheels can hold."""
    tools = shelf.wheel(
        "tools",
        files={
            "tools/__init__.py": "VALUE = 7\n" * 40,
            "tools/run.sh": "#!/bin/sh\necho run\n",
            "tools/__pycache__/tools.cpython-311.pyc": "bytecode",
            "tools-1.0.data/scripts/tool": "#!python\n",
            "tools-1.0.data/data/share/tools/readme.txt": "read me\n",
            "tools-1.0.data/purelib/pure.py": "",
            "tools-1.0.data/platlib/plat.py": "x = 1\n",
            "tools-1.0.data/headers/tools.h": "",
            f"tools/{'long_' * 30}name.py": "",
        },
        programs=["tools/run.sh"],
    )
    other = shelf.wheel("other", tag="cp37-abi3-manylinux2014_x86_64", requires=["tools>=1"])
    return write_lock(shelf.line(tools), shelf.line(other))


def members(artifact):
    with tarfile.open(artifact.path) as archive:
        return {each.name: each for each in archive.getmembers()}


def test_the_same_lock_gives_these_very_bytes(sample, build):
    # Another hash means that archives of users change: raise WRITER with it.
    assert WRITER == 1
    assert build(sample).sha256 == (
        "e7d7b23a9decfe50a4b70ae9fd404c544ebe4e8a70295fbdc0f133dfd54c5a5a"
    )


def test_folder_umask_time_zone_and_cached_wheels_do_not_change_the_bytes(
    sample, write_lock, build, tmp_path, monkeypatch
):
    first = build(sample, cache=tmp_path / "first")

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    monkeypatch.chdir("/")
    umask = os.umask(0o077)
    tools, _, other = sample.read_text().partition("other==")
    build(write_lock(tools), cache=tmp_path / "second")
    turned_round = write_lock("# by hand\r\n", f"other=={other}", tools)
    second = build(turned_round, cache=tmp_path / "second")
    os.umask(umask)

    assert second.sha256 == first.sha256
    assert second.path.read_bytes() == first.path.read_bytes()


def test_it_holds_what_an_installer_would_place_and_no_scripts_headers_or_bytecode(sample, build):
    found = members(build(sample))

    assert set(found) >= {
        f"{SITE}/tools/__init__.py",
        f"{SITE}/tools/{'long_' * 30}name.py",
        f"{SITE}/pure.py",
        f"{SITE}/plat.py",
        f"{SITE}/other/__init__.py",
        f"{SITE}/other-1.0.dist-info/METADATA",
        "share/tools/readme.txt",
    }
    assert not [name for name in found if "pycache" in name or "tools.h" in name]
    assert not [name for name in found if name.endswith("/tool")]
    assert found[f"{SITE}/tools/run.sh"].mode == 0o755
    assert found[f"{SITE}/tools/__init__.py"].mode == 0o644


def test_it_is_shaped_like_a_virtual_environment(sample, build, unpack):
    environment = unpack(build(sample))

    assert (environment / "pyvenv.cfg").read_text().splitlines() == [
        "home = /usr/bin",
        "include-system-site-packages = false",
        "version = 3.11",
        "architecture = x86_64",
    ]
    assert os.access(environment / "bin/python", os.X_OK)
    assert (environment / "bin/python3.11").readlink().name == "python"
    assert (environment / "bin/python3").readlink().name == "python"
    assert (environment / "lib64").readlink().name == "lib"


def test_it_carries_its_lock_so_that_another_laptop_can_rebuild_it(sample, build, unpack, x86):
    environment = unpack(build(sample))

    assert (environment / "requirements.lock").read_text() == read_lock(sample, target=x86).text


def test_its_files_belong_to_nobody_and_have_one_time(sample, build):
    stamps = {
        (each.uid, each.gid, each.uname, each.gname, each.mtime)
        for each in members(build(sample)).values()
    }

    assert stamps == {(0, 0, "", "", 315532800)}


def test_content_is_what_the_wheels_hold(sample, build):
    artifact = build(sample)

    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(artifact.path.read_bytes()))) as archive:
        content = archive.extractfile(f"{SITE}/tools/__init__.py").read()
    assert content == b"VALUE = 7\n" * 40


def test_the_name_ends_in_tgz_because_spark_does_not_unpack_gz(sample, build):
    assert build(sample).path.name.endswith(".tgz")


def test_only_what_decides_over_the_bytes_changes_the_input_hash(sample, x86, arm):
    lock = read_lock(sample, target=x86)

    assert input_hash(read_lock(sample, target=arm)) != input_hash(lock)
    assert input_hash(read_lock(sample, target=Target(python="3.12", architecture="x86_64"))) != (
        input_hash(lock)
    )
    sample.write_text("# a comment\n" + sample.read_text())
    assert input_hash(read_lock(sample, target=x86)) == input_hash(lock)


def test_the_same_file_in_two_packages_is_taken_once(shelf, write_lock, build):
    shared = {"space/__init__.py": "# namespace\n"}
    one = shelf.wheel("one", files={**shared, "space/one.py": ""})
    two = shelf.wheel("two", files={**shared, "space/two.py": ""})

    found = members(build(write_lock(shelf.line(one), shelf.line(two))))

    assert {f"{SITE}/space/{name}.py" for name in ("__init__", "one", "two")} <= set(found)


def test_different_files_for_one_path_are_refused_naming_both_packages(shelf, write_lock, build):
    one = shelf.wheel("one", files={"space/__init__.py": "a = 1\n"})
    two = shelf.wheel("two", files={"space/__init__.py": "b = 2\n"})

    with pytest.raises(PackagingError) as caught:
        build(write_lock(shelf.line(one), shelf.line(two)))

    message = str(caught.value)
    assert "two-1.0-py3-none-any.whl" in message
    assert f'has the file "{SITE}/space/__init__.py", and so has one 1.0' in message


@pytest.mark.parametrize("path", ["../outside.py", "one-1.0.data/data/../../outside", "/etc/x"])
def test_a_wheel_that_reaches_out_of_the_environment_is_refused(shelf, write_lock, build, path):
    lock = write_lock(shelf.line(shelf.wheel("one", files={path: "x"})))

    with pytest.raises(PackagingError, match="may lie outside of the environment"):
        build(lock)


def test_a_wheel_that_replaces_the_launcher_is_refused(shelf, write_lock, build):
    lock = write_lock(shelf.line(shelf.wheel("one", files={"one-1.0.data/data/bin/python": "x"})))

    with pytest.raises(PackagingError, match="so has the environment itself"):
        build(lock)


def test_a_file_where_another_package_has_a_folder_is_refused(shelf, write_lock, build):
    one = shelf.wheel("one", files={"thing": "a file"})
    two = shelf.wheel("two", files={"thing/__init__.py": ""})

    with pytest.raises(PackagingError, match="where another package has a folder"):
        build(write_lock(shelf.line(one), shelf.line(two)))


def test_a_package_whose_needs_are_not_locked_is_refused(shelf, write_lock, build):
    needy = shelf.wheel(
        "needy",
        requires=[
            "backport ; python_version < '3.12'",
            "only-old ; python_version < '3.10'",
            "fast ; extra == 'speed'",
            "nice ; extra == 'looks'",
            "pyspark>=3",
        ],
    )

    with pytest.raises(PackagingError) as caught:
        build(write_lock(shelf.line(needy, extras="[speed]")))

    message = str(caught.value)
    assert "needs backport, fast on CPython 3.11 on Linux x86_64" in message
    assert "it was resolved for another Python or system" in message


def test_what_was_left_out_on_purpose_is_not_missed(shelf, write_lock, build):
    needy = shelf.wheel("needy", requires=["big_thing"])
    footer = "\n# The following packages were excluded from the output:\n# big-thing\n"

    assert build(write_lock(shelf.line(needy), footer)).path.exists()


@pytest.mark.parametrize(
    "name", ["a", "x" * 99, "x" * 100, "x" * 101, "deep/" * 60 + "file.py", "grüße/" * 20 + "x"]
)
def test_headers_are_those_of_gnu_tar(name):
    theirs = tarfile.TarInfo(name)
    theirs.mtime, theirs.mode, theirs.size = 315532800, 0o644, 1234

    ours = header(name, kind=FILE, mode=0o644, size=1234)

    assert ours == theirs.tobuf(tarfile.GNU_FORMAT, encoding="utf-8")


def test_headers_of_links_are_those_of_gnu_tar():
    theirs = tarfile.TarInfo("bin/python3")
    theirs.type, theirs.linkname = tarfile.SYMTYPE, "y" * 120
    theirs.mtime, theirs.mode = 315532800, 0o777

    ours = header("bin/python3", kind=SYMLINK, mode=0o777, link="y" * 120)

    assert ours == theirs.tobuf(tarfile.GNU_FORMAT)


def test_a_file_of_eight_gib_is_refused():
    with pytest.raises(ValueError, match="8 GiB"):
        header("x", kind=FILE, mode=0o644, size=8**11)
