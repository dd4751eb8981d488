"""What the account cannot carry is refused with the numbers that would fit."""

import pytest

from sparkmodel import Environment, Job, Spark, Team
from sparkmodel.capacity import (
    applications,
    environment_findings,
    job_findings,
    maximum_capacity,
    streams_capacity,
)
from sparkmodel.sizing import MEMORY_GB, SIZES


def job(name: str, *, executors: int = 4, **spark: object) -> Job:
    return Job(folder=name, team="health", spark=Spark(max_executors=executors, **spark))


def stream(name: str, *, executors: int = 4) -> Job:
    return Job(
        folder=name,
        team="health",
        kind="streaming",
        inputs={"events": {"topic": "sales"}},
        outputs={"rows": {"table": f"health.{name}"}},
        spark=Spark(max_executors=executors),
    )


def environment(*, max_vcpu: int, concurrent_runs: int, quota: int) -> Environment:
    return Environment(
        name="dev",
        project="demo",
        account="111111111111",
        region="us-east-1",
        teams={"health": Team(max_vcpu=max_vcpu, concurrent_runs=concurrent_runs)},
        quotas={"vcpu": quota},
    )


def test_a_job_larger_than_its_team_is_refused_with_what_fits(project):
    project.replace("max_executors = 4", "max_executors = 20")

    dev, prod = project.problems()

    assert dev.text == (
        "is too much in dev: the driver's 4 vCPU and 20 executors of 4 need 84, and an application "
        "of team health may take 40. To fix it set spark.max_executors = 9, choose a smaller size, "
        "or set teams.health.max_vcpu = 84 in config/dev.toml."
    )
    assert "the driver's 8 vCPU and 20 executors of 8 need 168" in prod.text
    assert (dev.line, dev.key) == (15, "spark.max_executors")


def test_the_advice_for_one_job_holds(project):
    project.replace("max_executors = 4", "max_executors = 9")

    assert project.jobs("dev")["hospital_utilization"].spark.vcpu == 40


def test_jobs_that_may_run_at_once_must_fit_together(project):
    project.replace("concurrent_runs = 2", "concurrent_runs = 4", "config/dev.toml")
    for name in ("b_job", "c_job"):
        project.job(name, 'team = "health"\n[environments.prod]\nspark.max_executors = 1\n')

    problem = project.problem()

    assert (problem.file, problem.line, problem.key) == (
        "config/dev.toml",
        7,
        "teams.health.concurrent_runs",
    )
    assert "lets 3 jobs on emr-7.14.0 x86_64 run at once" in problem.text
    assert "need 60 vCPU (b_job 20, c_job 20, hospital_utilization 20)" in problem.text
    assert "set concurrent_runs = 2, others then queue, or max_vcpu = 60" in problem.text


def test_all_applications_must_fit_the_accounts_quota(project):
    project.replace("vcpu = 100", "vcpu = 60", "config/dev.toml")
    project.job("b_job", 'team = "health"\nspark.release = "emr-spark-8.1.0"\n')

    dev, prod = project.problems()

    # prod extends dev, so the line to change is dev's in both.
    assert (dev.file, dev.line) == (prod.file, prod.line) == ("config/dev.toml", 9)
    texts = dev.text + prod.text
    assert (
        "may take 80 vCPU together (health emr-7.14.0 x86_64: 40, health emr-spark-8.1.0" in texts
    )
    assert "may take 160 vCPU together" in texts


def test_teams_without_jobs_take_nothing():
    found = environment_findings(environment(max_vcpu=999, concurrent_runs=1, quota=1), [])

    assert list(found) == []


@pytest.mark.parametrize(("quota", "problems"), [(40, 0), (39, 1)])
def test_the_quota_is_checked_to_the_vcpu(quota, problems):
    house = environment(max_vcpu=40, concurrent_runs=2, quota=quota)

    assert len(list(environment_findings(house, [job("a"), job("b")]))) == problems


@pytest.mark.parametrize(("max_vcpu", "problems"), [(40, 0), (39, 1)])
def test_the_concurrency_is_checked_to_the_vcpu(max_vcpu, problems):
    house = environment(max_vcpu=max_vcpu, concurrent_runs=2, quota=999)

    assert len(list(environment_findings(house, [job("a"), job("b"), job("c")]))) == problems


def test_jobs_share_an_application_by_team_release_and_architecture():
    groups = applications([job("b"), job("a"), job("c", architecture="arm64")])

    assert [(key.architecture, [each.name for each in jobs]) for key, jobs in groups.items()] == [
        ("arm64", ["c"]),
        ("x86_64", ["a", "b"]),
    ]


def test_streams_have_an_application_of_their_own():
    groups = applications([job("b"), stream("a"), stream("c")])

    assert [(key.purpose, [each.name for each in jobs]) for key, jobs in groups.items()] == [
        ("Batch", ["b"]),
        ("Stream", ["a", "c"]),
    ]


def test_streams_have_room_for_all_and_for_the_largest_once_more():
    capacity = streams_capacity([stream("a", executors=1), stream("b", executors=4)])

    assert capacity.vcpu == 8 + 20 + 20


def test_no_share_of_a_team_limits_its_streams():
    house = environment(max_vcpu=8, concurrent_runs=1, quota=999)

    assert list(job_findings(stream("a", executors=9), house)) == []
    assert list(environment_findings(house, [stream("a"), stream("b")])) == []


@pytest.mark.parametrize(("quota", "problems"), [(40 + 40, 0), (40 + 39, 1)])
def test_streams_count_against_the_quota(quota, problems):
    house = environment(max_vcpu=40, concurrent_runs=2, quota=quota)

    found = list(environment_findings(house, [job("a"), stream("s")]))

    assert len(found) == problems
    for each in found:
        assert "health emr-7.14.0 x86_64 streams: 40" in each.text
        assert "give streams fewer executors" in each.text


def test_only_vcpu_ever_binds():
    capacity = maximum_capacity(Team(max_vcpu=16, concurrent_runs=1))

    for vcpu, memory in MEMORY_GB.items():
        workers = capacity.vcpu // vcpu
        assert workers * memory[-1] <= capacity.memory_gb
        assert workers * 200 <= capacity.disk_gb


def test_every_named_size_is_a_worker_that_exists():
    for worker in SIZES.values():
        assert worker.memory_gb in MEMORY_GB[worker.vcpu]
        overhead = max(384, int(worker.heap_mib * 0.1))
        assert worker.heap_mib + overhead <= worker.memory_gb * 1024
