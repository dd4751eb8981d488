"""What is to be done with topics is known, and refused as a whole, before any of it is done."""

import pytest

from sparkjob.contracts import TopicContract
from sparkjob.topics.plan import Actual, plan_of

SETTINGS = {"cleanup.policy": "delete", "retention.ms": "1000", "retention.bytes": "-1"}


def wanted(partitions=4, **settings):
    changed = {key.replace("_", "."): value for key, value in settings.items()}
    return {"sales": TopicContract("sales", (), partitions, {**SETTINGS, **changed})}


def there(partitions=4, own=(), **settings):
    changed = {key.replace("_", "."): value for key, value in settings.items()}
    return {"sales": Actual(partitions, {**SETTINGS, **changed}, frozenset(own))}


def test_a_topic_as_its_contract_says_is_left_alone():
    plan = plan_of(wanted(), there())

    assert plan.empty
    assert list(plan.lines()) == []


def test_one_that_is_not_there_is_created():
    plan = plan_of(wanted(), {})

    assert [topic.name for topic in plan.create] == ["sales"]
    assert list(plan.lines()) == [
        "create sales: partitions 4, cleanup.policy delete, retention.ms 1000, retention.bytes -1"
    ]


def test_partitions_grow():
    plan = plan_of(wanted(partitions=8), there(partitions=4))

    assert plan.grow == {"sales": 8}
    assert list(plan.lines()) == ["grow sales: partitions from 4 to 8"]


def test_partitions_never_become_fewer():
    plan = plan_of(wanted(partitions=2), there(partitions=4))

    assert not plan.empty
    assert plan.refused == [
        "sales has 4 partitions, and topics/sales.toml says 2: a topic never gets fewer. Set "
        "partitions = 4, or make a topic of another name."
    ]


def test_cleanup_stays_as_it_was_created():
    plan = plan_of(wanted(cleanup_policy="compact"), there())

    assert plan.alter == {}
    assert (
        "topics/sales.toml says compact: this is fixed when a topic is created" in (plan.refused[0])
    )


@pytest.mark.parametrize(
    ("old", "new", "removes"),
    [("1000", "500", True), ("500", "1000", False), ("-1", "500", True), ("500", "-1", False)],
)
def test_a_shorter_retention_is_told_as_what_it_is(old, new, removes):
    plan = plan_of(wanted(retention_ms=new), there(retention_ms=old))

    [line] = plan.lines()
    assert plan.alter == {"sales": {"retention.ms": new}}
    assert line.startswith(f"alter sales: retention.ms from {old} to {new}")
    assert ("removes older records" in line) is removes


def test_what_the_cluster_does_by_itself_is_no_change():
    plan = plan_of(wanted(), there(own=()))

    assert plan.empty


def test_what_somebody_set_beside_the_contract_is_told_and_left():
    found = there(own=["compression.type", "retention.ms"], compression_type="lz4")

    plan = plan_of(wanted(), found)

    assert plan.empty
    assert plan.drift == {"sales": {"compression.type": "lz4"}}
    assert list(plan.lines()) == [
        "leave compression.type = lz4 of sales, which its contract does not say"
    ]


def test_a_report_has_room_for_so_many_and_counts_the_others():
    many = {f"t{number}": TopicContract(f"t{number}", (), 1, SETTINGS) for number in range(60)}

    document = plan_of(many, {}).document()

    assert len(document["create"]) == 50
    assert document["more"] == 10
