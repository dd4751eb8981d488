"""A change of an application makes a new one; anything else leaves it alone."""

from pipelines import environment

from sparkmodel.capacity import ApplicationKey
from sparkrail.jobs.application import application_logical_id

KEY = ApplicationKey("sales", "emr-7.14.0", "x86_64")


def test_a_changed_limit_makes_a_new_application():
    before = application_logical_id(KEY, environment())
    teams = {"sales": {"max_vcpu": 401, "concurrent_runs": 2}}

    assert application_logical_id(KEY, environment(teams=teams)) != before


def test_another_network_makes_a_new_application():
    zones = ("eu-west-1a", "eu-west-1b")
    network = {"mode": "own", "availability_zones": zones}

    assert application_logical_id(KEY, environment(network=network)) != application_logical_id(
        KEY, environment()
    )


def test_what_is_not_in_it_leaves_it_alone():
    before = application_logical_id(KEY, environment())

    assert application_logical_id(KEY, environment(triggers="paused")) == before
    assert application_logical_id(KEY, environment(log_retention_days=30)) == before


def test_releases_and_architectures_have_their_own():
    ids = {
        application_logical_id(ApplicationKey("sales", release, architecture), environment())
        for release in ("emr-7.14.0", "emr-spark-8.1.0")
        for architecture in ("x86_64", "arm64")
    }

    assert len(ids) == 4
    assert all(each.isalnum() for each in ids)
