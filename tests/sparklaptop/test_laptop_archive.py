"""A job's archive: unpacked once, used as it is where it fits, rebuilt where it does not."""

import subprocess
import sys

import pytest
from laptop_platform import archive as made_archive

from sparklaptop import LaptopError
from sparklaptop.emrserverless import archive


@pytest.fixture
def unpack(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKRAIL_CACHE", str(tmp_path / "cache"))
    said = []
    count = iter(range(10))

    def do(body=None):
        file = tmp_path / "env.tgz"
        file.write_bytes(made_archive() if body is None else body)
        target = tmp_path / f"run{next(count)}"
        archive.place(file, target, said.append)
        return target, said

    return do


def test_an_archive_that_fits_is_used_as_it_is_and_unpacked_once(unpack, monkeypatch):
    monkeypatch.setattr(archive, "_mismatch", lambda _wanted: None)
    monkeypatch.setattr(archive, "_starts", lambda _environment: True)

    first, said = unpack()
    second, _ = unpack()

    assert first.resolve() == second.resolve()
    assert (first / "lib/python3.11/site-packages/greeting.py").exists()
    assert said == []


def test_an_archive_for_another_computer_is_rebuilt_from_its_lock_and_says_so(unpack, monkeypatch):
    monkeypatch.setattr(archive, "_mismatch", lambda _wanted: "the archive is for arm64")

    target, said = unpack()

    assert "build of the same requirements.lock for this computer" in said[0]
    assert "the archive is for arm64" in said[0]
    python = target / "bin" / "python"
    shown = subprocess.run(
        [python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() in (str(target), str(target.resolve()))


def test_a_python_that_is_not_here_means_a_rebuild_too(unpack, monkeypatch):
    monkeypatch.setattr(archive, "_mismatch", lambda _wanted: None)
    monkeypatch.setattr(archive, "_starts", lambda _environment: False)

    _, said = unpack()

    assert "Python 3.11 is not on it" in said[0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"architecture": "arm64"}, "for arm64"), ({"architecture": "x86_64"}, "for x86_64")],
)
def test_the_architecture_of_the_archive_counts(settings, words, monkeypatch):
    other = {"arm64": "x86_64", "x86_64": "aarch64"}[settings["architecture"]]
    monkeypatch.setattr(archive.platform, "machine", lambda: other)
    monkeypatch.setattr(sys, "platform", "linux")

    assert words in archive._mismatch(settings)


def test_macos_needs_a_rebuild(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")

    assert "for Linux" in archive._mismatch({})


def test_a_broken_archive_is_a_sentence(unpack):
    with pytest.raises(LaptopError, match="cannot be unpacked"):
        unpack(made_archive()[:200])
