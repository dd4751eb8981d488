"""Every table that is written has one team that answers for it."""

import pytest

from sparkmodel import owner_of

FILE = "tables/health/state_month.toml"
WRITES = 'team = "beds"\noutputs.x = { table = "health.state_month" }\n'
TEAM = "[teams.beds]\nmax_vcpu = 20\nconcurrent_runs = 1\n[quotas]"


@pytest.fixture
def two_teams(project):
    """Jobs of the teams health and beds write one table."""
    project.replace("[quotas]", TEAM, "config/dev.toml")
    project.replace('write = "replace"', 'write = "merge"', FILE)
    project.job("beds_daily", WRITES)
    return project


def owner(project):
    loaded = project.load()
    jobs = loaded.jobs(loaded.environments["dev"])
    return owner_of(loaded.tables["health.state_month"], jobs)


def test_the_team_of_the_job_that_writes_a_table_owns_it(project):
    assert owner(project) == "health"


def test_the_team_that_a_contract_names_owns_the_table(two_teams):
    two_teams.replace('write = "merge"', 'write = "merge"\nowner = "beds"', FILE)

    assert owner(two_teams) == "beds"


def test_nobody_owns_a_table_that_nobody_writes(project):
    project.replace('outputs]\nstate_month = { table = "health.state_month" }', "outputs]")

    assert owner(project) is None


def test_a_table_of_two_teams_must_say_which_owns_it(two_teams):
    problem = two_teams.problem()

    assert (problem.file, problem.key) == (FILE, "owner")
    assert problem.text == (
        "is missing: jobs of several teams write the table (beds_daily of team beds, "
        "hospital_utilization of team health), so nobody knows who answers for it. Name one of "
        "them: beds, health."
    )


def test_two_jobs_of_one_team_need_no_owner(two_teams):
    two_teams.job("beds_daily", WRITES.replace('"beds"', '"health"'))

    assert owner(two_teams) == "health"


def test_an_owner_that_is_no_team_is_refused_in_each_environment(project):
    project.replace('write = "replace"', 'write = "replace"\nowner = "helth"', FILE)

    dev, prod = project.problems()

    assert (dev.file, dev.line, dev.key, dev.nearest) == (FILE, 3, "owner", "health")
    assert dev.text == (
        "is not a team of dev. Teams: health. A new one is a table [teams.helth] in "
        "config/dev.toml."
    )
    assert "is not a team of prod" in prod.text


def test_a_misspelt_team_of_a_job_makes_no_second_owner(two_teams):
    two_teams.job("beds_daily", WRITES.replace('"beds"', '"bedz"'))

    assert {problem.key for problem in two_teams.problems()} == {"team"}
