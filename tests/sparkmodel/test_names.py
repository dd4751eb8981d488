"""A name is refused before AWS does: taken, or too long for what a deploy makes of it."""

import pytest

from sparkmodel.names import job_name_fault, job_names, too_long


@pytest.mark.parametrize("name", ["keeper", "backfill"])
def test_a_job_cannot_have_the_name_of_a_machine_of_its_environment(project, name):
    project.job(name, 'team = "health"\n')

    problem = project.problem()

    assert problem.text == (
        f'is taken: every environment has a "{name}" of its own. Choose another name.'
    )
    assert name in problem.file


@pytest.mark.parametrize("name", ["keepers", "backfill_daily", "files", "sales_files"])
def test_a_name_that_only_looks_taken_is_free(name):
    assert job_name_fault(name) is None


def test_no_two_jobs_get_the_same_computed_name():
    """A job has no - in its name, so what is put behind it never makes another job's name."""
    jobs = ["sales", "sales_files", "sales_job", "files"]
    machines = [
        each.name
        for job in jobs
        for each in job_names("shop-dev", job)
        if "state machine" in each.what
    ]

    assert len(set(machines)) == len(machines) == 2 * len(jobs)


@pytest.mark.parametrize("prefix", ["shop-dev", "a-much-longer-project-prod"])
def test_every_computed_name_is_within_its_limit_or_refused(prefix):
    longest = next(
        length for length in range(64, 0, -1) if too_long(job_names(prefix, "j" * length)) is None
    )

    worst = too_long(job_names(prefix, "j" * (longest + 1)))

    assert all(len(name) <= limit for _, name, limit in job_names(prefix, "j" * longest))
    assert worst is not None
    assert len(worst.name) == worst.limit + 1
