"""Writes docs/reliability.md from what the tests of failure modes saw.

A test says which mode it proves, and at its end what it saw:

    @pytest.mark.failure_mode(5)
    def test_ten_refused_starts(observe: Observe) -> None:
        ...
        observe(happened=f"{refused} refused starts, {runs} run", user_sees=row.state)

`make reliability` runs these tests and writes the page; a test that did not pass is not on it.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reliability.md"
MODES: dict[int, dict[str, str]] = {
    int(number): mode
    for number, mode in tomllib.loads((HERE / "failure_modes.toml").read_text()).items()
}
Observe = Callable[..., None]

_TITLE = """# Reliability

What can go wrong, what happens then, and what its user sees. This page is written by
`make reliability` from a run of the tests that it names: each line is what its test saw. Numbers of
modes are stable.
"""


@dataclass(frozen=True)
class Sight:
    """What a test saw.

    Args:
        mode: Number of the failure mode.
        test: Id of the test.
        happened: What happened, with figures.
        user_sees: What the user was shown.
    """

    mode: int
    test: str
    happened: str
    user_sees: str


_SIGHTS = pytest.StashKey[list[Sight]]()
_PASSED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make reliability` ask for the page."""
    parser.addoption("--write-reliability", action="store_true", help=f"write {PAGE.name}")


def pytest_configure(config: pytest.Config) -> None:
    """Make room for what tests see."""
    config.stash[_SIGHTS] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember whether the test passed."""
    report = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    return report


@pytest.fixture
def observe(request: pytest.FixtureRequest) -> Iterator[Observe]:
    """Say what the test saw: `observe(happened="...", user_sees="...")`."""
    marks = [mark.args[0] for mark in request.node.iter_markers("failure_mode")]
    assert marks, "mark the test: @pytest.mark.failure_mode(NUMBER)"
    seen: list[tuple[str, str]] = []

    def note(*, happened: str, user_sees: str) -> None:
        seen.append((_line(happened), _line(user_sees)))

    yield note
    if request.node.stash.get(_PASSED, False):
        assert seen, "call observe(happened=..., user_sees=...) at the end of the test"
        sights = request.config.stash[_SIGHTS]
        sights += [
            Sight(mode, request.node.nodeid, happened, told)
            for mode in marks
            for happened, told in seen
        ]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page when it was asked for, and only when every mode was seen."""
    if not session.config.getoption("--write-reliability"):
        return
    sights = session.config.stash[_SIGHTS]
    unseen = sorted(set(MODES) - {sight.mode for sight in sights})
    if unseen:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(
            f"\n{PAGE.name} is not written; modes that no passing test showed: {unseen or 'none'}"
        )
        return
    PAGE.write_text(page(sights))
    print(f"\n{PAGE.name}: {len(sights)} lines about {len(MODES)} failure modes")


def page(sights: list[Sight]) -> str:
    """The page."""
    parts = [_TITLE]
    for number, mode in MODES.items():
        parts.append(f"\n## {number}. {mode['fault']}\n\n{mode['expected']}.\n")
        parts.append("\n| What happened | What the user sees | Test |\n|---|---|---|\n")
        parts += [
            f"| {sight.happened} | {sight.user_sees} | `{sight.test}` |\n"
            for sight in sorted(sights, key=lambda sight: sight.test)
            if sight.mode == number
        ]
    return "".join(parts)


def marked_tests(root: Path) -> set[str]:
    """Files and names of the tests that carry a mode, without importing them."""
    found = set()
    for file in sorted(root.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and any(map(_is_mark, node.decorator_list)):
                found.add(f"{file.relative_to(root.parent)}::{node.name}")
    return found


def _is_mark(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr == "failure_mode"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
