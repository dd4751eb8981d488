"""Jobs are spread over as few stacks as their limits allow, and stay where they are."""

import pytest
from pipelines import environment

from sparkmodel import ManifestError
from sparkrail.jobs.shards import Shard, shard_of, shards
from sparkrail.platform import Buckets, Keys, Platform


def platform(**team):
    limits = {"max_vcpu": 400, "concurrent_runs": 2, **team}
    return Platform(
        environment=environment(teams={"sales": limits}),
        tables={},
        keys=Keys(data="d", logs="l", messages="m"),
        buckets=Buckets(raw="r", lake="l", checkpoints="c", logs="g"),
        ledger="ledger",
    )


def jobs(make_job, count):
    first = make_job()
    return [first.model_copy(update={"name": f"job_{index:03d}"}) for index in range(count)]


def test_a_team_without_jobs_keeps_its_first_shard():
    (only,) = shards([], platform())

    assert (only.index, only.jobs) == (0, ())


def test_few_jobs_share_one_stack(make_job):
    (only,) = shards(jobs(make_job, 15), platform())

    assert len(only.jobs) == 15


def test_many_jobs_get_a_power_of_two(make_job):
    found = list(shards(jobs(make_job, 60), platform()))

    assert len(found) in (2, 4, 8)
    assert sum(len(shard.jobs) for shard in found) == 60


def test_when_shards_double_a_job_stays_or_moves_to_the_twin():
    for index in range(500):
        name = f"job_{index}"
        before, after = shard_of(name, 4), shard_of(name, 8)

        assert after in (before, before + 4)


def test_a_shard_is_deployed_after_the_one_it_takes_jobs_from():
    parents = {
        index: Shard(team="t", index=index, jobs=(), team_jobs=()).parent for index in range(1, 16)
    }

    for index, parent in parents.items():
        assert parent < index
        assert all(
            shard_of(name, size) == parent
            for name in (f"job_{n}" for n in range(300))
            for size in [1 << (index.bit_length() - 1)]
            if shard_of(name, size * 2) == index
        )


def test_too_few_shards_are_refused_with_the_number_that_is_needed(make_job):
    with pytest.raises(ManifestError) as refused:
        list(shards(jobs(make_job, 60), platform(shards=1)))

    assert "config/dev.toml" in str(refused.value)
    assert "teams.sales.shards = 1" in str(refused.value)
    assert "Set it to" in str(refused.value)


def test_wanted_shards_are_kept(make_job):
    assert len(list(shards(jobs(make_job, 3), platform(shards=4)))) == 4
