"""Whether the checks of a contract fit its columns, and can be told apart."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping

from sparkmodel.column import NESTED, NUMBERS, TIMES, Column, unknown_column
from sparkmodel.problems import Finding, listed
from sparkmodel.shared import check_name
from sparkmodel.table_checks import Check

_INT, _LONG = 2**31, 2**63


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_FITS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "text, in quotes"),
    "int": (lambda value: _is_whole(value, _INT), f"a whole number below {_INT}"),
    "long": (lambda value: _is_whole(value, _LONG), f"a whole number below {_LONG}"),
    "float": (_is_number, "a number, without quotes"),
    "double": (_is_number, "a number, without quotes"),
    "decimal": (_is_number, "a number, without quotes"),
    "boolean": (lambda value: isinstance(value, bool), "true or false, without quotes"),
    "date": (_is_date, 'a date, such as "2026-11-21"'),
}


def _is_whole(value: object, beyond: int) -> bool:
    return type(value) is int and -beyond <= value < beyond


def check_label(check: Check) -> str:
    """Say what a check is called; one without a name is called by what it checks.

    Args:
        check: The check.
    """
    return check.name or check_name(check.model_dump(exclude_none=True))


def check_findings(checks: Iterable[Check], columns: Mapping[str, Column]) -> Iterator[Finding]:
    """Say which checks do not fit the columns, and which have the name of another one.

    Args:
        checks: In the contract's order.
        columns: Those of the table.
    """
    labels: dict[str, int] = {}
    for index, check in enumerate(checks):
        path = ("checks", index)
        yield from _of_columns(path, check, columns)
        label = check_label(check)
        first = labels.setdefault(label, index)
        if first != index:
            blamed = (*path, "name") if check.name else path
            text = f'is called "{label}", as checks[{first}] is. Give one of them another name.'
            yield Finding(path=blamed, text=text)


def _of_columns(
    path: tuple[str | int, ...], check: Check, columns: Mapping[str, Column]
) -> Iterator[Finding]:
    for index, name in enumerate(check.unique or ()):
        blamed = (*path, "unique", index)
        if unknown := unknown_column(blamed, name, columns):
            yield unknown
        elif columns[name].word in NESTED:
            text = f"is {columns[name].type}: rows are told apart by columns without parts."
            yield Finding(path=blamed, text=text)
    if check.column is None:
        return
    if unknown := unknown_column((*path, "column"), check.column, columns):
        yield unknown
    else:
        yield from _of_column(path, check, columns[check.column])


def _of_column(path: tuple[str | int, ...], check: Check, column: Column) -> Iterator[Finding]:
    blamed = (*path, "column")
    if check.kind == "range" and column.word not in NUMBERS:
        text = f"is not a column of numbers but {column.type}, so min and max mean nothing."
        yield Finding(path=blamed, text=text)
    if check.kind == "fresh_hours" and column.word not in TIMES:
        text = f"is {column.type}, so it has no age. fresh_hours goes with {listed(TIMES)}."
        yield Finding(path=blamed, text=text)
    if check.accepted is not None:
        yield from _of_values(path, check.accepted, column)


def _of_values(
    path: tuple[str | int, ...], accepted: tuple[object, ...], column: Column
) -> Iterator[Finding]:
    if column.word not in _FITS:
        text = f"is {column.type}, whose values cannot be listed. accepted goes with"
        yield Finding(path=(*path, "column"), text=f"{text} {listed(_FITS)}.")
        return
    fits, wanted = _FITS[column.word]
    for index, value in enumerate(accepted):
        if not fits(value):
            text = f"does not fit a column of type {column.type}: write {wanted}."
            yield Finding(path=(*path, "accepted", index), text=text)
