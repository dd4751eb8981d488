"""The launcher, run for real with this computer's interpreters."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sparkmodel.packaging import Target

HERE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
MINE = f"{sys.version_info.major}.{sys.version_info.minor}"
SHOW = "import sys, os, one; print(one.__file__, sys.prefix, sys.executable, os.__file__)"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="archives are for Linux")


@pytest.fixture
def environment(shelf, write_lock, build, unpack):
    """Unpacks an archive with the package `one` for a target."""

    def environment(python: str = MINE, architecture: str = HERE) -> Path:
        lock = write_lock(shelf.line(shelf.wheel("one")))
        return unpack(build(lock, target=Target(python=python, architecture=architecture)))

    return environment


def run(environment, *arguments, python="", **more):
    variables = {**os.environ, "SPARKRAIL_PYTHON": python, **more}
    command = [str(environment / "bin/python"), *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def absent(monkeypatch):
    """An image without an interpreter in the usual place."""
    place = property(lambda target: f"/usr/bin/absent-python{target.python}")
    monkeypatch.setattr(Target, "interpreter", place)


@pytest.mark.skipif(not Path(f"/usr/bin/python{MINE}").exists(), reason="needs it in /usr/bin")
def test_the_images_interpreter_runs_as_the_environment(environment):
    folder = environment()

    done = run(folder, "-c", SHOW)

    module, prefix, executable, standard = done.stdout.split()
    assert module == f"{folder}/lib/python{MINE}/site-packages/one/__init__.py"
    assert (prefix, executable) == (str(folder), f"{folder}/bin/python")
    assert standard.startswith("/usr/lib")


@pytest.mark.parametrize("interpreter", [sys.executable, sys._base_executable])
def test_an_interpreter_elsewhere_runs_it_with_its_own_library(absent, environment, interpreter):
    folder = environment()

    done = run(folder, "-c", SHOW, python=interpreter)

    assert done.returncode == 0, done.stderr
    module, prefix, executable, standard = done.stdout.split()
    assert module.startswith(str(folder))
    assert (prefix, executable) == (str(folder), f"{folder}/bin/python")
    assert standard == os.__file__


@pytest.mark.parametrize("link", ["python", "python3", f"python{MINE}"])
def test_every_name_of_the_interpreter_works_also_through_a_link(environment, tmp_path, link):
    (tmp_path / "linked").symlink_to(environment())

    done = run(tmp_path / "linked", "-c", "import one; print(one.NAME)", python=sys.executable)

    assert done.stdout == "one\n", done.stderr
    by_name = [str(tmp_path / "linked/bin" / link), "-c", "import one; print(one.NAME)"]
    variables = {**os.environ, "SPARKRAIL_PYTHON": sys.executable}
    assert subprocess.check_output(by_name, env=variables, text=True) == "one\n"


def test_child_processes_stay_in_the_environment(absent, environment):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import one; print(1)'])"

    assert run(environment(), "-c", code, python=sys.executable).stdout == "1\n"


def test_the_wrong_architecture_is_one_readable_line(environment):
    other, name = ("x86_64", "x86_64") if HERE == "arm64" else ("arm64", "aarch64")

    done = run(environment(architecture=other), "-c", "pass")

    assert done.returncode == 126
    assert done.stderr.count("\n") == 1
    assert f"was built for Linux {name} but runs on Linux {platform.machine()}" in done.stderr


def test_a_missing_interpreter_is_one_readable_line(environment):
    done = run(environment(python="3.77"), "-c", "pass")

    assert done.returncode == 127
    assert done.stderr.count("\n") == 1
    assert "needs CPython 3.77 at /usr/bin/python3.77, which is not there" in done.stderr
    assert "SPARKRAIL_PYTHON=/path/to/python3.77" in done.stderr


def test_a_named_interpreter_of_another_version_is_refused(environment):
    done = run(environment(python="3.77"), "-c", "pass", python=sys.executable)

    assert done.returncode == 127
    assert f"{sys.executable} is not Python 3.77" in done.stderr


def test_a_launcher_that_names_itself_does_not_run_for_ever(environment):
    folder = environment(python="3.77")

    done = run(folder, "-c", "pass", python=str(folder / "bin/python"))

    assert done.returncode == 127


def test_a_cdpath_does_not_confuse_it(environment, monkeypatch):
    folder = environment()
    monkeypatch.chdir(folder.parent)
    variables = {**os.environ, "CDPATH": "/tmp:/", "SPARKRAIL_PYTHON": sys.executable}
    command = [f"{folder.name}/bin/python", "-c", "import one"]

    assert subprocess.run(command, env=variables, check=False).returncode == 0


def test_it_is_valid_bash(environment):
    assert shutil.which("bash")
    script = environment() / "bin/python"

    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
