"""Where good records come from."""

import itertools

import pytest

from sparkcli.errors import CallError
from sparkcli.producing.generator import generator
from sparkmodel import Topic

CONTRACT = Topic.model_validate(
    {
        "name": "clicks",
        "owner": "shop",
        "partitions": 1,
        "columns": {
            "click_id": {"type": "string", "required": True},
            "page": {"type": "string"},
        },
    }
)


def test_the_file_beside_the_contract_makes_them(tmp_path):
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics/clicks.py").write_text(
        'KEY = "page"\ndef records(seed):\n    yield {"click_id": str(seed), "page": "p"}\n'
    )

    form, records = generator(tmp_path, CONTRACT, 5)

    assert (form.identity, form.key, form.required) == ("click_id", "page", ("click_id",))
    assert list(records) == [{"click_id": "5", "page": "p"}]


def test_without_the_file_they_follow_from_the_types(tmp_path):
    form, records = generator(tmp_path, CONTRACT, 5)

    first, second = itertools.islice(records, 2)
    assert form.key == "click_id"
    assert first["click_id"] != second["click_id"]


def test_a_file_without_the_function_is_named(tmp_path):
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics/clicks.py").write_text("")

    with pytest.raises(CallError, match=r"topics/clicks.py has no function records\(seed\)"):
        generator(tmp_path, CONTRACT, 5)
