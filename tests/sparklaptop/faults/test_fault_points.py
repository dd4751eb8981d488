"""The driver dies in the middle of a real run: nobody can tell afterwards."""

import pytest

from benchmarks.faults import bench

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made():
    """A project with real Spark and two results that are known."""
    with bench() as found:
        yield found


# benchmarks/faults.py kills at all five points, as often as it is told.
@pytest.mark.failure_mode(9)
def test_a_driver_killed_around_its_commit_changes_nothing(made, observe):
    kill = made.kill("driver-after-commit", 0)

    assert kill.harmless, kill
    observe(
        happened=f"{kill.point}: SIGKILL; {kill.lost} of {kill.rows} rows lost, "
        f"{kill.duplicated} duplicated, {kill.half_reads} of {kill.reads} reads saw half",
        user_sees=f"{kill.state} after {kill.attempts} attempts",
    )


@pytest.mark.failure_mode(10)
def test_a_lost_python_worker_costs_a_task_and_not_the_run(made, observe):
    kill = made.kill("worker", 0)

    assert (kill.hits, kill.state, kill.attempts) == (1, "SUCCEEDED", 1), kill
    assert (kill.lost, kill.duplicated, kill.half_reads, kill.orphans) == (0, 0, 0, 0), kill
    observe(
        happened=f"SIGKILL of a Python worker: {kill.lost} of {kill.rows} rows lost, "
        f"{kill.duplicated} duplicated",
        user_sees=f"{kill.state} in attempt {kill.attempts}: Spark tried the task again",
    )
