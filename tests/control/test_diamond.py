"""Jobs that wait for tables run once per interval, however their inputs arrive."""

import itertools

import pytest
from control_loop import key

pytestmark = pytest.mark.slow
TABLES = """
trigger = {{ tables = [{tables}] }}
[inputs]
{inputs}
"""


def after(*tables):
    """Lines of a job that is started by tables."""
    names = ", ".join(f'"shop.{table}"' for table in tables)
    inputs = "\n".join(f'{table} = {{ table = "shop.{table}" }}' for table in tables)
    return TABLES.format(tables=names, inputs=inputs)


@pytest.fixture(scope="module")
def diamond(make_loop):
    jobs = {
        "orders": ("", 0),
        "left": (after("orders"), 0),
        "right": (after("orders"), 0.6),
        "both": (after("left", "right"), 0),
    }
    return make_loop(jobs, port=5900)


@pytest.mark.failure_mode(1)
def test_each_job_of_a_diamond_runs_once_per_interval(diamond, observe):
    intervals = [key(2026, 11, day) for day in range(1, 6)]
    # Each interval twice: what is announced again starts nothing again.
    for interval, again in itertools.product(intervals, (1, 2)):
        assert diamond.run("orders", {"key": interval, "generation": again})["status"] == (
            "SUCCEEDED"
        )
    diamond.until(lambda: set(diamond.runs("both")) == set(intervals), seconds=120)
    diamond.quiet()
    starts = {job: len(diamond.job_runs(job)) for job in ("left", "right", "both")}
    assert starts == dict.fromkeys(starts, len(intervals))
    for job in starts:
        rows = diamond.runs(job)
        assert {name: row["state"] for name, row in rows.items()} == dict.fromkeys(
            intervals, "SUCCEEDED"
        )
        # Whoever finds the job busy waits in the queue, and says so.
        assert {row["by"] for row in rows.values()} <= {"tables", "queue"}
    observe(
        happened=f"{len(intervals)} intervals announced twice each at the head of a diamond of "
        f"jobs: runs {starts}",
        user_sees="one SUCCEEDED row per job and interval",
    )


def test_the_order_of_arrival_does_not_matter(diamond):
    interval = key(2026, 12, 1)
    for upstream in ("right", "left"):
        given = {"key": interval, "generation": 1, "by": "hand"}
        assert diamond.run(upstream, given)["status"] == "SUCCEEDED"
    diamond.until(
        lambda: diamond.runs("both").get(interval, {}).get("state") == "SUCCEEDED", seconds=60
    )
    diamond.quiet()
    assert len([run for run in diamond.job_runs("both") if f"/{interval}/" in run["name"]]) == 1
