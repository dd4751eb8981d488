"""Metric math, as far as alarms of the templates use it.

Operators + - * /, comparisons, AND, OR, and the functions IF, DIFF and FILL on series of one value
per period. (CloudWatch user guide, "Using metric math".)
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence

Series = Sequence[float | None]
_WORDS = {"AND": "and", "OR": "or"}
_BINARY: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda one, other: one / other if other else 0.0,
}
_COMPARED: Mapping[type, Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class ExpressionError(ValueError):
    """An expression that the laptop cloud cannot evaluate."""


def evaluate(expression: str, series: Mapping[str, Series]) -> Series:
    """The series that an expression makes of others.

    Args:
        expression: Such as `IF(DIFF(lag) > 0, 1, 0)`.
        series: By id, all of one length, the oldest value first; None is no data.

    Raises:
        ExpressionError: It holds what is not known.
    """
    text = re.sub(r"\b(AND|OR)\b", lambda found: _WORDS[found[0]], expression)
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"{expression!r} is not understood: {error.msg}") from error
    length = max((len(each) for each in series.values()), default=0)
    return _Math(expression, series, length).of(tree)


class _Math:
    def __init__(self, expression: str, series: Mapping[str, Series], length: int) -> None:
        self._expression = expression
        self._series = series
        self._length = length

    def of(self, node: ast.expr) -> Series:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return [float(node.value)] * self._length
        if isinstance(node, ast.Name) and node.id in self._series:
            return self._series[node.id]
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return _each(_BINARY[type(node.op)], self.of(node.left), self.of(node.right))
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
            test = _COMPARED[type(node.ops[0])]
            return _each(
                lambda one, other: float(test(one, other)),
                self.of(node.left),
                self.of(node.comparators[0]),
            )
        if isinstance(node, ast.BoolOp):
            decide = all if isinstance(node.op, ast.And) else any
            parts = [self.of(value) for value in node.values]
            return _each(lambda *values: float(decide(values)), *parts)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._called(node.func.id, node.args)
        raise ExpressionError(f"{self._expression!r}: {ast.unparse(node)} is not known here")

    def _called(self, name: str, arguments: list[ast.expr]) -> Series:
        found = [self.of(each) for each in arguments]
        if name == "IF":
            return _each(lambda test, yes, no: yes if test else no, *found)
        if name == "DIFF":
            (one,) = found
            return [None, *_each(operator.sub, one[1:], one[:-1])]
        if name == "FILL":
            return [given if value is None else value for value, given in zip(*found, strict=True)]
        raise ExpressionError(f"{self._expression!r}: the function {name} is not known here")


def _each(do: Callable[..., float], *series: Series) -> Series:
    return [
        None if any(value is None for value in values) else do(*values)
        for values in zip(*series, strict=True)
    ]
