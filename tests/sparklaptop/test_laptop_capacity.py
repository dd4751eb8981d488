"""What a run asks of its application's capacity."""

import pytest

from sparklaptop.emrserverless.capacity import Amount, demand, maximum


def test_heap_and_overhead_make_the_workers_size():
    wanted = demand({"spark.driver.memory": "14894m", "spark.driver.cores": "4"})

    assert wanted.driver == Amount(vcpu=4, memory_gb=16, disk_gb=20)


def test_a_run_takes_as_many_executors_as_fit_and_never_more_than_it_may():
    conf = {"spark.executor.memory": "6g", "spark.driver.memory": "6g"}
    wanted = demand({**conf, "spark.dynamicAllocation.maxExecutors": "3"})
    worker = wanted.driver

    assert wanted.granted(worker.times(100)) == worker.times(4)
    assert wanted.granted(worker.times(3)) == worker.times(3)
    assert wanted.least == worker.times(2)


def test_static_allocation_takes_its_instances():
    conf = {"spark.dynamicAllocation.enabled": "false", "spark.executor.instances": "5"}

    assert demand(conf).max_executors == 5


def test_a_maximum_without_disk_does_not_limit_disk():
    limit = maximum({"cpu": "16 vCPU", "memory": "128GB"})

    assert limit is not None
    assert Amount(vcpu=16, memory_gb=128, disk_gb=10_000).fits(limit)
    assert not Amount(vcpu=17).fits(limit)
    assert maximum(None) is None


def test_nonsense_is_refused_in_words():
    with pytest.raises(ValueError, match="'lots' is not an amount of memory"):
        demand({"spark.driver.memory": "lots"})
