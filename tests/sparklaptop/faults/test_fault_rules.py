"""A rule that is wrong is refused with what is allowed."""

import pytest

from sparklaptop.errors import LaptopError
from sparklaptop.faults.catalog import FAULTS, rules_of
from sparklaptop.faults.rules import read


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({}, "effect.kind is None; there are: error, delay"),
        ({"effect": {"kind": "explode"}}, "effect.kind is 'explode'"),
        ({"effect": {"kind": "error", "status": 500}}, "the effect error needs code"),
        ({"effect": {"kind": "delay", "seconds": "long"}}, "effect.seconds is 'long'"),
        ({"effect": {"kind": "drop", "hard": True}}, "the effect drop has no 'hard'"),
        ({"effect": {"kind": "drop"}, "match": {"verb": "GET"}}, "match has no 'verb'"),
        ({"effect": {"kind": "drop"}, "times": 0}, "times is 0; it is a whole number from 1"),
        ({"effect": {"kind": "drop"}, "on": "lunch"}, "on is 'lunch'; there are: call, event"),
        (
            {"effect": {"kind": "drop"}, "on": "shuffle"},
            "what happens on shuffle cannot be to drop",
        ),
        ({"effect": {"kind": "lose"}}, "what happens on call cannot be to lose"),
        ({"effect": {"kind": "kill", "what": "cat"}}, "there are: driver, worker"),
    ],
)
def test_a_wrong_rule_is_refused(rule, says):
    with pytest.raises(LaptopError, match=says.replace("(", r"\(")):
        read(rule)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_of_the_catalog_has_rules_that_are_right_or_a_deed(name):
    rules = [read(rule) for rule in rules_of(name, job="j", times=3)]

    assert bool(rules) != bool(FAULTS[name].deed)
    assert all(rule.times == 3 and rule.name == name for rule in rules)


def test_an_unknown_fault_names_the_nearest():
    with pytest.raises(LaptopError, match='Did you mean "driver-at-read"'):
        rules_of("driver-at-reads")
