"""Checks of a table in words, as its page says them."""

from __future__ import annotations

from collections.abc import Iterable

from sparkmodel.table_checks import Check


def check_words(check: Check) -> str:
    """Say what a check asks for, and what happens if it does not hold.

    >>> check_words(Check(column="ratio", min=0, max=1, share=0.01, action="warn"))
    '`ratio` is 0 to 1, but for 1 % of the rows; else it is reported.'
    """
    name = f"**{check.name}**: " if check.name else ""
    share = f", but for {check.share * 100:.10g} % of the rows" if check.share else ""
    action = "the run publishes nothing" if check.action == "fail" else "it is reported"
    return f"{name}{_asked(check)}{share}; else {action}."


def _asked(check: Check) -> str:
    if check.column is not None:
        return _of_column(check)
    if check.rows is not None:
        return f"a run brings {_between(check.rows.min, check.rows.max)} rows"
    if check.unique is not None:
        return f"no two rows have the same {_codes(check.unique)}"
    return f"`{' '.join((check.sql or '').split())}` returns no row"


def _of_column(check: Check) -> str:
    column = f"`{check.column}`"
    if check.accepted is not None:
        return f"{column} is one of {_codes(check.accepted)}"
    if check.fresh_hours is not None:
        return (
            f"the newest {column} is at most {check.fresh_hours:.10g} hours before the end of "
            "the run's interval, or before now"
        )
    if check.not_null:
        return f"{column} has a value"
    return f"{column} is {_between(check.min, check.max)}"


def _codes(values: Iterable[object]) -> str:
    return ", ".join(f"`{each}`" for each in values)


def _between(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {_number(high)}"
    if high is None:
        return f"at least {_number(low)}"
    return f"{_number(low)} to {_number(high)}"


def _number(value: float | None) -> str:
    number = value or 0
    return f"{int(number):,}" if number == int(number) else f"{number:,}"
