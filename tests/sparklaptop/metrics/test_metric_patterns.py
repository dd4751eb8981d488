"""Filter patterns, metric math and the states of alarms, as pure functions."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from sparklaptop.metrics.alarms import judge
from sparklaptop.metrics.expressions import ExpressionError, evaluate
from sparklaptop.metrics.patterns import PatternError, parse, value_at

LINE = {"sparkrail": "stream", "job": "sales", "lag_sum": 42, "a": {"b": [1, 2]}, "none": None}
NOW = datetime(2026, 11, 21, 12, 0, 1)


@pytest.mark.parametrize(
    ("pattern", "means"),
    [
        ("", True),
        ('{ $.sparkrail = "stream" }', True),
        ('{ $.sparkrail = "str*" && $.lag_sum = * }', True),
        ('{ $.sparkrail = "stream" && $.absent = * }', False),
        ('{ $.sparkrail != "stream" }', False),
        ("{ $.lag_sum > 41 && $.lag_sum <= 42 }", True),
        ('{ $.job = "x" || ($.lag_sum >= 42 && $.a.b[1] = 2) }', True),
        ("{ $.none IS NULL && $.absent NOT EXISTS }", True),
        ("{ $.lag_sum < 42 }", False),
    ],
)
def test_a_pattern_means_a_line_or_not(pattern, means):
    assert parse(pattern)(LINE) is means


@pytest.mark.parametrize("pattern", ["ERROR", "{ $.a ~ 1 }", "{ a = 1 }", '{ $.a = "x" } more'])
def test_a_pattern_that_is_not_understood_is_refused(pattern):
    with pytest.raises(PatternError, match="is not understood"):
        parse(pattern)


def test_what_is_no_json_object_is_no_line_of_a_pattern():
    assert not parse('{ $.a = "*" }')(None)
    assert value_at("$.a.b[0]", LINE) == 1
    assert value_at("$.a.c", LINE) is None


@pytest.mark.parametrize(
    ("expression", "gives"),
    [
        ("lag * 2", [2, 6, None, 4]),
        ("FILL(lag, 0)", [1, 3, 0, 2]),
        ("IF(DIFF(FILL(lag, 0)) > 0 AND lag > 2, 1, 0)", [None, 1, None, 0]),
        ("lag > 2 OR lag < 2", [1, 1, None, 0]),
    ],
)
def test_metric_math(expression, gives):
    assert evaluate(expression, {"lag": [1, 3, None, 2]}) == gives


@pytest.mark.parametrize("expression", ["RATE(lag)", "lag +", "other", "__import__('os')"])
def test_math_that_is_not_known_is_refused(expression):
    with pytest.raises(ExpressionError):
        evaluate(expression, {"lag": [1.0]})


def alarm(**more):
    wanted = {
        "namespace": "p/dev/streams",
        "metric_name": "lag_sum",
        "dimensions": [SimpleNamespace(name="job", value="sales")],
        "statistic": "Maximum",
        "period": 60,
        "evaluation_periods": 2,
        "datapoints_to_alarm": None,
        "threshold": 10,
        "comparison_operator": "GreaterThanThreshold",
        "treat_missing_data": "notBreaching",
        "metric_data_queries": [],
        "state_value": "OK",
        "state_reason": "",
    }
    return SimpleNamespace(**{**wanted, **more})


def points(*values, job="sales"):
    """One value a minute, the last in the last whole minute."""
    last = NOW.replace(second=0) - timedelta(seconds=30)
    return [
        SimpleNamespace(
            namespace="p/dev/streams",
            name="lag_sum",
            dimensions=[SimpleNamespace(name="job", value=job)],
            timestamp=last - timedelta(minutes=len(values) - 1 - number),
            value=value,
        )
        for number, value in enumerate(values)
        if value is not None
    ]


@pytest.mark.parametrize(
    ("more", "data", "state"),
    [
        ({}, points(11, 12), "ALARM"),
        ({}, points(11, 9), "OK"),
        ({"datapoints_to_alarm": 1}, points(11, 9), "ALARM"),
        ({}, points(11, 12, job="other"), "OK"),
        ({"treat_missing_data": "breaching"}, [], "ALARM"),
        ({"treat_missing_data": "breaching"}, points(5, None), "OK"),
        ({"treat_missing_data": "missing"}, [], "INSUFFICIENT_DATA"),
        (
            {"statistic": "SampleCount", "comparison_operator": "LessThanThreshold"},
            points(1, 1),
            "ALARM",
        ),
    ],
)
def test_an_alarm_is_in_the_state_of_its_datapoints(more, data, state):
    assert judge(alarm(**more), data, NOW, 1.0).state == state


def test_an_alarm_on_math():
    metric = SimpleNamespace(
        namespace="p/dev/streams",
        metric_name="lag_sum",
        dimensions=[SimpleNamespace(name="job", value="sales")],
    )
    queries = [
        SimpleNamespace(
            id="grows", expression="IF(DIFF(lag) > 0, 1, 0)", return_data=True, metric_stat=None
        ),
        SimpleNamespace(
            id="lag",
            expression=None,
            return_data=False,
            metric_stat=SimpleNamespace(metric=metric, period=60, stat="Maximum"),
        ),
    ]
    watched = alarm(metric_data_queries=queries, threshold=0)

    assert judge(watched, points(1, 2, 3), NOW, 1.0).state == "ALARM"
    assert judge(watched, points(1, 2, 2), NOW, 1.0).state == "OK"
