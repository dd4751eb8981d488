"""Editors know what a contract may say."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from sparkmodel.schema import as_json, table_schema

ROOT = Path(__file__).parents[2]
SOUND = 'write = "replace"\ncolumns.a = { type = "string" }\n'


def schema_problems(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(table_schema())
    return [error.message for error in validator.iter_errors(tomllib.loads(text))]


def test_the_file_in_the_repository_is_fresh():
    written = (ROOT / "table.schema.json").read_text()

    assert written == as_json(table_schema()), (
        "python -m sparkmodel.schema table > table.schema.json"
    )


def test_the_schema_is_one():
    written = json.loads((ROOT / "table.schema.json").read_text())

    jsonschema.Draft202012Validator.check_schema(written)


def test_what_loads_passes_the_schema(project):
    contract = (project.root / project.whole_contract()).read_text()

    assert schema_problems(contract) == []
    assert schema_problems(SOUND) == []


def test_the_contracts_that_ship_pass_the_schema():
    contracts = sorted(ROOT.glob("tables/*/*.toml"))

    assert contracts
    assert {str(each): schema_problems(each.read_text()) for each in contracts} == {
        str(each): [] for each in contracts
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        SOUND + 'name = "a.b"',
        SOUND + "keys = []",
        SOUND.replace("replace", "replac"),
        SOUND.replace("string", "text"),
        SOUND.replace("string", "list<string>"),
        SOUND.replace('" }', '", was = "" }'),
        SOUND + "format_version = 4",
        SOUND + 'partition = ["day a"]',
        SOUND + 'partition = ["week(a)"]',
        SOUND + 'partition = ["a desc"]',
        SOUND + 'sort = ["a DESC"]',
        SOUND + 'checks = [{ column = "a" }]',
        SOUND + 'checks = [{ column = "a", min = 1, not_null = true }]',
        SOUND + 'checks = [{ column = "a", accepted = [[]] }]',
        SOUND + "checks = [{ rows = { least = 1 } }]",
        SOUND + 'migrations = [{ drop = "b" }]',
        SOUND + "maintenance.orphan_days = 2",
        SOUND + 'maintenance.by = "me"',
        SOUND + 'retention = { column = "a", days = 0 }',
    ],
)
def test_an_editor_sees_a_mistake(text):
    assert schema_problems(text) != []


def test_every_key_has_a_description():
    schema = table_schema()
    tables = [schema, *schema["$defs"].values()]

    missing = [
        key
        for table in tables
        for key, field in table["properties"].items()
        if not field.get("description")
    ]
    assert missing == []
