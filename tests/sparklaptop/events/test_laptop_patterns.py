"""Event patterns match what EventBridge says that they match."""

import pytest

from sparklaptop.events.patterns import PatternError, check, matches

EVENT = {
    "source": "shop",
    "detail": {
        "key": "raw/hhs/a.csv",
        "size": 300,
        "ok": True,
        "nothing": None,
        "tags": ["red", "blue"],
        "lines": [{"n": 1}, {"n": 2}],
        "ip": "10.0.0.7",
        "deep": {"name": "Ann"},
    },
}
YES = {
    "equal": {"source": ["x", "shop"]},
    "null": {"detail": {"nothing": [None]}},
    "prefix": {"detail": {"key": [{"prefix": "raw/"}]}},
    "prefix whatever the case": {"detail": {"key": [{"prefix": {"equals-ignore-case": "RAW/"}}]}},
    "suffix": {"detail": {"key": [{"suffix": ".csv"}]}},
    "anything but": {"source": [{"anything-but": ["a", "b"]}]},
    "anything but a prefix": {"detail": {"key": [{"anything-but": {"prefix": "tmp/"}}]}},
    "anything but wildcards": {"detail": {"key": [{"anything-but": {"wildcard": "*.json"}}]}},
    "equals ignore case": {"source": [{"equals-ignore-case": "SHOP"}]},
    "wildcard": {"detail": {"key": [{"wildcard": "raw/*/*.csv"}]}},
    "numeric range": {"detail": {"size": [{"numeric": [">", 0, "<=", 300]}]}},
    "numeric equal": {"detail": {"size": [{"numeric": ["=", 300.0]}]}},
    "exists": {"detail": {"key": [{"exists": True}]}},
    "does not exist": {"detail": {"other": [{"exists": False}]}},
    "does not exist, deep": {"detail": {"no": {"such": [{"exists": False}]}}},
    "one of an array": {"detail": {"tags": ["blue"]}},
    "array of objects": {"detail": {"lines": {"n": [2]}}},
    "cidr": {"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}},
    "or": {"$or": [{"source": ["x"]}, {"detail": {"size": [300]}}]},
    "deep": {"detail": {"deep": {"name": ["Ann"]}}},
}
NO = {
    "another value": {"source": ["x"]},
    "missing": {"detail": {"other": ["x"]}},
    "prefix": {"detail": {"key": [{"prefix": "tmp/"}]}},
    "suffix": {"detail": {"key": [{"suffix": ".json"}]}},
    "anything but": {"source": [{"anything-but": "shop"}]},
    "anything but, of what is missing": {"detail": {"other": [{"anything-but": "x"}]}},
    "anything but a prefix": {"detail": {"key": [{"anything-but": {"prefix": "raw/"}}]}},
    "wildcard": {"detail": {"key": [{"wildcard": "raw/*.json"}]}},
    "numeric": {"detail": {"size": [{"numeric": [">", 300]}]}},
    "numeric of a text": {"detail": {"key": [{"numeric": [">", 0]}]}},
    "true is not 1": {"detail": {"ok": [1]}},
    "exists": {"detail": {"key": [{"exists": False}]}},
    "an object does not exist as a value": {"detail": {"deep": [{"exists": True}]}},
    "or": {"$or": [{"source": ["x"]}, {"source": ["y"]}]},
    "both fields": {"source": ["shop"], "detail": {"size": [1]}},
}


@pytest.mark.parametrize("case", YES)
def test_matches(case):
    check(YES[case])
    assert matches(YES[case], EVENT)


@pytest.mark.parametrize("case", NO)
def test_does_not_match(case):
    check(NO[case])
    assert not matches(NO[case], EVENT)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ({}, "at least one field"),
        ({"source": "shop"}, "an object or an array"),
        ({"source": []}, "not empty"),
        ({"source": [{"prefx": "a"}]}, "unrecognized match type prefx"),
        ({"source": [{"prefix": "a", "suffix": "b"}]}, "one operator"),
        ({"$or": [{"source": [["a"]]}]}, "array in an array"),
    ],
)
def test_a_pattern_that_eventbridge_would_not_take_is_refused(pattern, words):
    with pytest.raises(PatternError, match=words):
        check(pattern)
