"""Whatever is done to a manifest, people get an answer and never a traceback."""

import re
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkmodel import ManifestError

FILES = {
    "job": "spark_jobs/hospital_utilization/job.toml",
    "environment": "config/dev.toml",
    "contract": "tables/health/state_month.toml",
    "contract with every key": "tables/health/hints.toml",
}
WORD = re.compile(r'"[^"\n]*"|[A-Za-z_][A-Za-z_0-9.]*|\d+(\.\d+)?|[\[\]{}=,]')
REPLACEMENTS = (
    *("1", "-1", "1.5", "true", '""', '"x"', "[]", "{}", "{ x = 1 }", "2026-11-21", "inf", "nan"),
    *('["x"]', "[[1]]", '"${x}"', '"\\u0000"', "99999999999999999999", "x", "environments", "name"),
    *('"merge"', '"append"', '"hint_id"', '"email"', '"day(day)"', '"list<x"', '"run_key"'),
    *('"é"', "06:30:00", '"a b"', "spark", "trigger", "checks", "extends", "'''", '"""', "#", "\n"),
)
MUTATIONS = 300
"""Per file."""


@st.composite
def mutations(draw, text):
    """Replace, drop or double up to three words of a text."""
    for _ in range(draw(st.integers(1, 3))):
        words = list(WORD.finditer(text))
        word = draw(st.sampled_from(words)) if words else re.match("", text)
        new = draw(
            st.sampled_from(REPLACEMENTS)
            | st.just("")
            | st.just(word[0] * 2)
            | st.text(max_size=4).filter(lambda each: "\r" not in each)
        )
        text = text[: word.start()] + new + text[word.end() :]
    return text


def is_toml(text):
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize("kind", FILES)
def test_a_mutated_file_loads_or_is_answered(new_project, kind):
    project = new_project()
    project.whole_contract()
    path = project.root / FILES[kind]
    original = path.read_text()
    refused = []

    @settings(
        max_examples=MUTATIONS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(mutations(original))
    def mutate(text):
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            project.load()
        except ManifestError as error:
            refused.append(text)
            answer = error
        else:
            return
        assert str(answer).endswith("Nothing was synthesized.")
        for problem in answer.problems:
            assert (project.root / problem.file).exists()
            assert problem.text.endswith(".")
            if is_toml(text) and problem.file.endswith(".toml"):
                assert problem.key
                assert problem.line

    mutate()

    assert len(refused) > MUTATIONS / 4
