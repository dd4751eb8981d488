"""Ctrl-C, whenever it comes, leaves nothing behind that nobody asked for."""

import signal

import pytest
from e2e_checkout import end, wait_for

pytestmark = pytest.mark.slow


def interrupted(fresh, when):
    """Type Ctrl-C into `up` as soon as `when` says so; the command, ended."""
    command = fresh.begin("up")
    try:
        wait_for(when)
        command.send_signal(signal.SIGINT)
        command.communicate(timeout=60)
    finally:
        end(command)
    return command


def test_ctrl_c_while_the_laptop_cloud_starts_leaves_no_process(fresh):
    def starts():
        return any("sparklaptop.server" in args for args in fresh.processes().values())

    command = interrupted(fresh, starts)

    assert command.returncode == 130
    assert fresh.processes() == {}


def test_ctrl_c_while_templates_are_made_leaves_no_process(fresh):
    def synthesizes():
        return any("jsii" in args for args in fresh.processes().values())

    command = interrupted(fresh, synthesizes)

    assert command.returncode == 130
    assert fresh.processes() == {}
    assert not (fresh.state() / "cloud.json").exists()


def test_ctrl_c_in_run_lets_the_run_end_and_then_nothing_is_left(checkout, items, tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    others = set(checkout.processes())
    command = checkout.begin(
        *("run", "held", "--input", items, "--key", "left"),
        *("--parameter", f"while_there={hold}"),
    )
    try:
        java = wait_for(lambda: _java(checkout))
        command.send_signal(signal.SIGINT)
        _, err = command.communicate(timeout=30)
        assert command.returncode == 130
        assert "held/left keeps running" in err
        assert "./sparkrail logs held/left --follow" in err
        assert set(checkout.processes()) > others
        assert java in checkout.processes()
    finally:
        end(command)
        hold.unlink()

    wait_for(lambda: checkout.run_row("held/left")["state"] == "SUCCEEDED")
    wait_for(lambda: set(checkout.processes()) == others, seconds=10)


def _java(checkout):
    running = checkout.processes().items()
    return next((pid for pid, args in running if "SparkSubmit" in args), None)
