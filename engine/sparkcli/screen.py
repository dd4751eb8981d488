"""What a person or a program sees: results on stdout, everything else on stderr."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

PATIENCE_SECONDS = 1.0
TOLD_EVERY_SECONDS = 10.0  # what changes, where there is no terminal
PLAIN_WIDTH = 20_000  # columns for pipes and files, so that nothing is cut or folded


class Screen:
    """The two streams of one command.

    Colour follows NO_COLOR and whether the stream is a terminal; only terminals see a spinner.

    Args:
        as_json: Print one JSON document on stdout and nothing else there.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._out = _console(sys.stdout)
        self._err = _console(sys.stderr)

    def result(self, renderable: object = "") -> None:
        """Print a result for a person; silent under --json."""
        if self.as_json:
            return
        if isinstance(renderable, str) or self._out.is_terminal:
            self._out.print(renderable, soft_wrap=isinstance(renderable, str), markup=False)
            return
        with self._out.capture() as captured:
            self._out.print(renderable)
        lines = (line.rstrip() for line in captured.get().splitlines())
        self._out.print("\n".join(lines), soft_wrap=True, markup=False)

    def document(self, data: object) -> None:
        """Print the JSON document; silent without --json."""
        if self.as_json:
            print(json.dumps(data, indent=2, ensure_ascii=False), flush=True)

    def say(self, text: str, *, style: str | None = None) -> None:
        """Print a line of progress."""
        self._err.print(text, style=style, soft_wrap=True, markup=False)

    def next(self, command: str, why: str = "") -> None:
        """Print the next sparkrail command to type."""
        self._next(f"./sparkrail {command}", why)

    def _next(self, line: str, why: str = "") -> None:
        reason = f"   [dim]# {escape(why)}[/dim]" if why else ""
        self._err.print(f"[dim]Next:[/dim] [bold]{escape(line)}[/bold]{reason}", soft_wrap=True)

    def error(self, message: str, next_command: str | None = None) -> None:
        """Print what went wrong and the command that helps."""
        self._err.print("[bold red]Error:[/bold red] " + escape(message), soft_wrap=True)
        if next_command:
            self._next(next_command)

    @contextmanager
    def progress(self, doing: str) -> Iterator[None]:
        """Show `doing` while the block runs, if it takes over a second."""
        if self._err.is_terminal:
            with self._err.status(escape(doing)):
                yield
            return
        timer = threading.Timer(PATIENCE_SECONDS, lambda: self.say(f"{doing} ..."))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @contextmanager
    def live(self, doing: str) -> Iterator[Callable[[str], None]]:
        """Show what changes while the block runs: one line of a terminal, now and then elsewhere.

        Args:
            doing: What is done; what the block tells is put behind it.
        """
        if self._err.is_terminal:
            with self._err.status(escape(doing)) as status:
                yield lambda told: status.update(escape(f"{doing}: {told}"))
            return
        last = time.monotonic()

        def now_and_then(told: str) -> None:
            nonlocal last
            if time.monotonic() - last >= TOLD_EVERY_SECONDS:
                last = time.monotonic()
                self.say(f"{doing}: {told} ...")

        yield now_and_then


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() else PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, emoji=False)


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    title: str = "",
    fold: bool = False,
) -> Table:
    """A plain table; numbers are aligned to the right, None is an empty cell.

    Args:
        columns: Names.
        rows: Cells.
        title: Printed above it. Default: nothing is.
        fold: Whether a narrow terminal folds long cells. Default: it cuts them.
    """
    drawn = Table(
        title=escape(title) or None,
        title_justify="left",
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    for index, column in enumerate(columns):
        numeric = any(isinstance(row[index], int | float) for row in rows)
        drawn.add_column(
            escape(column),
            justify="right" if numeric else "left",
            no_wrap=not fold,
            overflow="fold" if fold else "ellipsis",
        )
    for row in rows:
        drawn.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    return drawn


def facts(pairs: Mapping[str, object]) -> Table:
    """Two columns without a header: what, and its value."""
    drawn = Table(box=None, pad_edge=False, show_header=False)
    drawn.add_column(style="bold", no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, value in pairs.items():
        drawn.add_row(escape(name), escape(str(value)))
    return drawn


class Stopwatch:
    """Seconds of named phases, and of the whole."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure the block under `name`."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - started, 2)

    def total(self) -> float:
        """Seconds since this stopwatch was made."""
        return round(time.monotonic() - self._started, 2)
