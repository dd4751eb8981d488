"""Editors know what a manifest may say."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from sparkmodel.schema import as_json, job_schema

ROOT = Path(__file__).parents[2]


def schema_problems(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(job_schema())
    return [error.message for error in validator.iter_errors(tomllib.loads(text))]


def test_the_file_in_the_repository_is_fresh():
    written = (ROOT / "job.schema.json").read_text()

    assert written == as_json(job_schema()), "python -m sparkmodel.schema job > job.schema.json"


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json.loads((ROOT / "job.schema.json").read_text()))


def test_what_loads_passes_the_schema(project):
    manifest = (project.root / "spark_jobs/hospital_utilization/job.toml").read_text()

    assert schema_problems(manifest) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        'team = "a"\ntem = 1',
        'team = "a"\nname = "b"',
        'team = "a"\nkind = "stream"',
        'team = "a"\nkind = "streaming"\nstream.cadence_seconds = 0',
        'team = "a"\nmanages = ["sales"]',
        'team = "a"\nspark.size = "smal"',
        'team = "a"\nspark.max_executors = 0',
        'team = "a"\n[environments.prod]\nspark.siz = "small"',
    ],
)
def test_an_editor_sees_a_mistake(text):
    assert schema_problems(text) != []


def test_an_overlay_may_give_a_part_of_a_table():
    manifest = 'team = "a"\n[environments.prod]\nparameters.min_days.default = 3\n'

    assert schema_problems(manifest) == []


def test_every_key_has_a_description():
    schema = job_schema()
    tables = [schema, *schema["$defs"].values()]

    missing = [
        key
        for table in tables
        for key, field in table["properties"].items()
        if not field.get("description")
    ]
    assert missing == []
