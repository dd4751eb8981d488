"""Parts of the pages that document tables and topics, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sparkmodel.column import Column


def paragraph(text: str) -> Sequence[str]:
    """A text with the empty line before it; nothing if there is none."""
    return ["", text.strip()] if text.strip() else []


def section(title: str, lines: Iterable[str]) -> Sequence[str]:
    """Lines under a title; nothing if there are none."""
    found = list(lines)
    return ["", f"## {title}", "", *found] if found else []


def facts(named: Mapping[str, str]) -> Iterator[str]:
    """A table of what is said by name; what is not said is left out."""
    yield from ("", "| | |", "|---|---|")
    yield from (f"| {name} | {value} |" for name, value in named.items() if value)


def columns_table(columns: Mapping[str, Column]) -> Iterator[str]:
    """The columns of a contract."""
    yield from ("", "## Columns", "")
    yield "| column | type | required | sensitivity | meaning |"
    yield "|---|---|---|---|---|"
    for name, column in columns.items():
        required = "yes" if column.required else ""
        sensitivity = column.sensitivity or ""
        cells = [f"`{name}`", f"`{column.type}`", required, sensitivity, cell(column.doc)]
        yield f"| {' | '.join(cells)} |"


def sensitive(columns: Mapping[str, Column]) -> Iterator[str]:
    """Say which columns nobody is shown, if there are any."""
    names = [name for name, column in columns.items() if column.sensitivity]
    if names:
        yield ""
        yield f"No message, mail or report shows values of {codes(names)}."


def codes(names: Iterable[str]) -> str:
    """Names as code, one after the other."""
    return ", ".join(f"`{name}`" for name in names)


def count(number: int, what: str) -> str:
    """So many of something."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def cell(text: str) -> str:
    """A text as one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
