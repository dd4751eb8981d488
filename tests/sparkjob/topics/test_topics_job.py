"""The topics job against a real broker: planned, refused or made as a whole, and told."""

import json
from pathlib import Path

import jsonschema
import pytest
from kafka.admin import ConfigResource, ConfigResourceType

pytestmark = pytest.mark.slow

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "contracts" / "report.schema.json").read_text()
)
SETTINGS = {
    "cleanup.policy": "delete",
    "max.message.bytes": "1048576",
    "retention.bytes": "-1",
    "retention.ms": "604800000",
}


def contract(partitions=1, **settings):
    """A contract as the code zip has it, but for its name."""
    changed = {key.replace("_", "."): value for key, value in settings.items()}
    return {
        "partitions": partitions,
        "columns": {"id": {"type": "string"}},
        "settings": {**SETTINGS, **changed},
    }


@pytest.fixture
def look(admin):
    """What another client sees of a topic: its partitions, and what was set for it."""

    def look(name):
        [topic] = admin.describe_topics([name])
        found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
        settings = found["topic"][name]
        return len(topic["partitions"]), {key: each["value"] for key, each in settings.items()}

    return look


def test_a_topic_is_made_as_its_contract_says_and_the_second_run_finds_nothing_to_do(
    make, look, name
):
    first = make(**{name: contract(partitions=3)})
    second = make(**{name: contract(partitions=3)})

    assert look(name) == (3, SETTINGS)
    assert first["topics"]["create"] == [name]
    done = {key: each for key, each in second["topics"].items() if each}
    assert done == {"task": "apply"}
    assert "are as their contracts say" in second["printed"]
    for report in (first, second):
        del report["printed"]
        jsonschema.validate(report, SCHEMA)
        assert report["state"] == "SUCCEEDED"


def test_it_grows_and_changes_what_can_be_changed(make, look, name):
    make(**{name: contract(partitions=1)})

    done = make(**{name: contract(partitions=4, retention_ms="3600000")})["topics"]

    assert done["grow"] == {name: 4}
    assert done["alter"] == {name: {"retention.ms": "3600000"}}
    assert look(name) == (4, {**SETTINGS, "retention.ms": "3600000"})


def test_what_cannot_be_refuses_the_whole_plan_and_nothing_is_made(make, look, admin, name):
    make(**{name: contract(partitions=2)})

    report = make(
        **{
            name: contract(partitions=1, retention_ms="1000", cleanup_policy="compact"),
            f"{name}-new": contract(),
        }
    )

    assert report["error"]["type"] == "TopicsRefused"
    assert not report["error"]["retryable"]
    assert f"{name} has 2 partitions, and topics/{name}.toml says 1" in report["error"]["message"]
    assert f"{name} was created with cleanup.policy = delete" in report["error"]["message"]
    assert report["error"]["message"].endswith("Nothing was changed.")
    assert f"{name}-new" not in admin.list_topics()
    assert look(name) == (2, SETTINGS)


def test_what_the_brokers_refuse_is_known_before_anything_is_made(make, admin, name):
    report = make(**{f"{name}-a": contract(), f"{name}-b": contract(max_message_bytes="9000000")})

    assert report["error"]["type"] == "BrokersRefused"
    assert not report["error"]["retryable"]
    assert f"asked to create {name}-b and answered PolicyViolation" in report["error"]["message"]
    assert "8388608" in report["error"]["message"]
    assert report["error"]["message"].endswith("Nothing was changed.")
    assert not {f"{name}-a", f"{name}-b"} & set(admin.list_topics())


def test_what_somebody_set_by_hand_is_told_and_left(make, look, admin, name):
    make(**{name: contract()})
    by_hand = {"compression.type": "lz4"}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, by_hand)])

    report = make(**{name: contract(retention_ms="3600000")})

    assert report["topics"]["drift"] == {name: by_hand}
    assert f"leave compression.type = lz4 of {name}" in report["printed"]
    assert look(name) == (1, {**SETTINGS, "retention.ms": "3600000", **by_hand})


def test_a_plan_alone_changes_nothing(make, admin, name):
    report = make(task="plan", **{name: contract()})

    assert report["topics"]["create"] == [name]
    assert name not in admin.list_topics()


def test_a_topic_that_another_run_made_meanwhile_is_as_good(make, name):
    topics = {name: {"name": name, **contract(partitions=2)}}

    assert make.ask({"task": "create twice", "topics": topics}) == {"partitions": 2}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"task": "remove"}, 'task is "remove". Allowed: apply, plan.'),
        ({"task": "apply", "brokers": ""}, "No brokers: --brokers HOST:PORT"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(make, asked, said):
    error = make.ask({"topics": {}, **asked})["error"]

    assert error["type"] == "InputRefused"
    assert error["message"].startswith(said)
    assert error["message"].endswith("Nothing was changed.")
