"""docs/reliability.md names the tests that there are."""

from pathlib import Path

from failure_modes import MODES, PAGE, marked_tests

TESTS = Path(__file__).parent


def test_every_test_of_a_failure_mode_is_on_the_page() -> None:
    text = PAGE.read_text()
    missing = sorted(test for test in marked_tests(TESTS) if test not in text)
    assert not missing, f"run `make reliability`: it lacks {missing}"


def test_every_test_on_the_page_is_there() -> None:
    words = PAGE.read_text().split()
    named = {word.strip("`").split("[")[0] for word in words if word.startswith("`tests/")}
    assert named
    assert named <= marked_tests(TESTS)


def test_every_failure_mode_has_its_heading() -> None:
    text = PAGE.read_text()
    assert all(f"## {number}. {mode['fault']}" in text for number, mode in MODES.items())
