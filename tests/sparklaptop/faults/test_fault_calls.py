"""The machine of a job meets a service that refuses, fails, or loses its answer."""

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.failure_mode(5)
def test_ten_throttled_starts_in_a_row_become_one_run(job, faults, observe):
    faults.inject("start-throttled")

    ended = job.run("throttled")

    (rule,) = faults.rules()
    assert rule["hits"] == 10
    assert ended["status"] == "SUCCEEDED", ended
    assert [run["state"] for run in job.runs("throttled")] == ["SUCCESS"]
    observe(
        happened=f"StartJobRun answered 429 {rule['hits']} times in a row: 1 run",
        user_sees=f"{job.row('throttled')['state']}, attempt {job.row('throttled')['attempts']}",
    )


@pytest.mark.failure_mode(5)
def test_a_start_whose_reply_was_lost_is_not_a_second_run(job, faults, observe):
    faults.inject("start-reply-lost", times=2)

    ended = job.run("lost")

    assert ended["status"] == "SUCCEEDED", ended
    assert faults.rules()[0]["hits"] == 2
    assert [run["state"] for run in job.runs("lost")] == ["SUCCESS"]
    observe(
        happened="StartJobRun was accepted twice and both replies were lost: 1 run",
        user_sees=f"{job.row('lost')['state']}, attempt {job.row('lost')['attempts']}",
    )


@pytest.mark.failure_mode(6)
def test_twenty_failed_looks_at_a_run_do_not_fail_it(job, faults, observe):
    faults.inject("poll-errors")

    ended = job.run("unseen")

    assert ended["status"] == "SUCCEEDED", ended
    assert faults.rules()[0]["hits"] == 20
    assert [run["state"] for run in job.runs("unseen")] == ["SUCCESS"]
    observe(
        happened="GetJobRun answered 500 20 times in a row while the run went on: 1 run",
        user_sees=f"{job.row('unseen')['state']}, attempt {job.row('unseen')['attempts']}",
    )
