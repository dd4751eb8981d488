"""Java, Spark and jars: found, or a sentence with the command that fixes it."""

import sys

import pytest

from sparklaptop import LaptopError, jars, java, lines, tools


def fake_java(folder, version):
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(
        "#!/bin/sh\n"
        f"echo '    java.home = {folder}' >&2\n"
        f"echo '    java.specification.version = {version}' >&2\n"
    )
    program.chmod(0o755)
    return folder


@pytest.fixture(autouse=True)
def forget():
    java._major_of.cache_clear()


@pytest.mark.parametrize(
    ("label", "line"),
    [
        ("emr-7.12.0", "3.5"),
        ("emr-7.14.0", "3.5"),
        ("emr-spark-8.1.0", "4.1"),
        ("emr-spark-8.1", "4.1"),
    ],
)
def test_a_release_has_its_line_of_spark(label, line):
    assert lines.line_of_release(label).name == line


@pytest.mark.parametrize("label", ["emr-spark-8.0.0", "emr-spark-8.10.0", "emr-6.15.0"])
def test_a_release_without_a_line_is_refused_with_those_that_have_one(label):
    with pytest.raises(LaptopError, match=r"no Spark for release .*emr-7\.\*.*emr-spark-8\.1"):
        lines.line_of_release(label)


def test_java_home_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "own", "17")))

    assert tools.java_home() == tmp_path / "own"


def test_java_on_the_path_is_found_through_its_links(tmp_path, monkeypatch):
    home = fake_java(tmp_path / "jdk", "17")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "java").symlink_to(home / "bin" / "java")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")

    assert tools.java_home() == home


def test_a_wrong_java_is_named_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "old", "11")))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(java, "_from_wheel", lambda: None)

    with pytest.raises(LaptopError, match=r"needs Java 17.*holds Java 11(.|\n)*make setup"):
        tools.java_home()


def test_no_java_at_all_falls_back_to_the_wheel_and_then_to_a_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(java, "_from_wheel", lambda: tmp_path)
    assert tools.java_home() == tmp_path

    monkeypatch.setattr(java, "_from_wheel", lambda: None)
    with pytest.raises(LaptopError, match="there is no java on PATH"):
        tools.java_home()


@pytest.mark.parametrize("name", lines.LINES)
def test_every_jar_is_locked_by_coordinate_and_sha256(name):
    locked = lines.line(name).jars

    assert locked
    for jar in locked:
        assert len(jar.coordinate.split(":")) == 3
        assert len(bytes.fromhex(jar.sha256)) == 32


def test_missing_jars_are_named_with_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKRAIL_CACHE", str(tmp_path))

    with pytest.raises(LaptopError, match=r"13 of the 13 jars(.|\n)*sparklaptop.tools fetch 3.5"):
        tools.jars("3.5")


def test_a_jar_that_is_not_what_the_lock_says_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKRAIL_CACHE", str(tmp_path))

    def download(jar, scratch, on_progress):
        (scratch / "x.jar").write_bytes(b"something else")
        return scratch / "x.jar"

    monkeypatch.setattr(jars, "_download", download)

    with pytest.raises(LaptopError, match=r"the lock says(.|\n)*Nothing was kept"):
        jars.fetch_jars(lines.line("4.1"), lambda _name, _size: None)
    assert list((tmp_path / "jars" / "4.1").iterdir()) == []


def test_the_base_interpreter_is_not_the_projects():
    assert not str(tools.base_python()).startswith(sys.prefix)


def test_the_command_line_refuses_a_line_that_it_does_not_know(capsys):
    assert tools.main(["fetch", "2.4"]) == 2
    assert "3.5|4.1" in capsys.readouterr().err


def test_a_jar_that_was_damaged_is_noticed_by_the_next_fetch(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKRAIL_CACHE", str(tmp_path))
    wanted = lines.line("4.1")
    jar = min(wanted.jars, key=lambda one: one.size)
    folder = jars.jar_folder(wanted)
    folder.mkdir(parents=True)
    (folder / jar.file_name).write_bytes(b"0" * jar.size)

    assert jar not in jars.missing_jars(wanted)
    assert jar in jars.missing_jars(wanted, verify=True)
