"""Targets are given what their rule says."""

import json

import pytest

from sparklaptop.events.inputs import PathError, body_for, check_target, look_up

RULE = "arn:aws:events:eu-central-1:111122223333:rule/bus/mine"
EVENT = {
    "id": "1",
    "time": "2026-11-21T06:30:00Z",
    "detail": {"key": 'a "b"\\c', "n": 3, "list": [{"x y": [7]}], "map": {"a": 1}},
}


def shaped(template, **paths):
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    return body_for({"InputTransformer": transformer}, EVENT, RULE)


def test_the_whole_event_a_part_of_it_or_a_constant():
    assert json.loads(body_for({}, EVENT, RULE)) == EVENT
    assert json.loads(body_for({"InputPath": "$.detail.map"}, EVENT, RULE)) == {"a": 1}
    assert body_for({"Input": '{"a": 1}', "InputPath": "$.id"}, EVENT, RULE) == '{"a": 1}'


def test_a_variable_in_a_string_is_text_and_elsewhere_a_value():
    made = shaped(
        '{"text": "<k>!", "value": <k>, "n": <n>, "as text": "<n> <map>", "map": <map>}',
        k="$.detail.key",
        n="$.detail.n",
        map="$.detail.map",
    )

    assert json.loads(made) == {
        "text": 'a "b"\\c!',
        "value": 'a "b"\\c',
        "n": 3,
        "as text": '3 {"a": 1}',
        "map": {"a": 1},
    }


def test_what_is_not_there_is_empty():
    assert json.loads(shaped('{"a": "<x>", "b": <x>}', x="$.detail.none")) == {"a": "", "b": None}


def test_reserved_variables():
    made = shaped(
        '{"rule": <aws.events.rule-arn>, "name": "<aws.events.rule-name>", '
        '"all": <aws.events.event.json>, "head": <aws.events.event>}'
    )

    assert json.loads(made) == {
        "rule": RULE,
        "name": "mine",
        "all": EVENT,
        "head": {"id": "1", "time": EVENT["time"]},
    }


def test_paths():
    assert look_up(EVENT, "$.detail.list[0]['x y'][0]") == 7
    assert look_up(EVENT, "$.detail.list[4].a") is None
    assert look_up(EVENT, "$") == EVENT


@pytest.mark.parametrize("path", ["detail", "$.detail..x", "$.list[*]", "$detail"])
def test_a_path_that_cannot_be_followed_is_refused(path):
    with pytest.raises(PathError, match="is no path such as"):
        check_target({"InputPath": path})
