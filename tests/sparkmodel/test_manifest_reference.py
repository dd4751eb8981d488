"""docs/manifest.md says what the models say."""

import re
import textwrap
from pathlib import Path

import pytest
from pydantic import BaseModel

from sparkmodel import Environment, Job, Table, Topic
from sparkmodel.placeholders import PLACEHOLDERS
from sparkmodel.read_jobs import GIVEN
from sparkmodel.sizing import SIZES

PAGE = (Path(__file__).parents[2] / "docs" / "manifest.md").read_text()


def keys(model: type[BaseModel]) -> set[str]:
    """All keys of a model and of the models in it."""
    schema = model.model_json_schema()
    tables = [schema, *schema["$defs"].values()]
    return {key for table in tables for key in table["properties"]}


@pytest.mark.parametrize("model", [Job, Environment, Table, Topic])
def test_every_key_is_on_the_page(model):
    words = set(re.findall(r"[a-z0-9_]+", PAGE))

    assert keys(model) - words - set(GIVEN) == set()


def test_every_placeholder_is_on_the_page():
    assert set(re.findall(r"^\| `\$\{([a-z]+)\}`", PAGE, re.MULTILINE)) == set(PLACEHOLDERS)


def test_every_size_is_on_the_page():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) GB \|", PAGE, re.MULTILINE)

    assert {name: (int(vcpu), int(gb)) for name, vcpu, gb in rows} == {
        name: (worker.vcpu, worker.memory_gb) for name, worker in SIZES.items()
    }


def test_the_examples_on_the_page_load(project):
    manifest, stream, contract, topic = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    project.streams()
    project.replace("vcpu = 100", "vcpu = 200", "config/dev.toml")
    with (project.root / "config/dev.toml").open("a") as dev:
        dev.write("[teams.sales]\nmax_vcpu = 4\nconcurrent_runs = 1\n")
    project.job("hospital_utilization", textwrap.dedent(manifest))
    project.write("tables/health/state_month.toml", contract)
    project.write("topics/sales.toml", topic)
    orders = (project.root / "tables/health/orders.toml").read_text()
    project.write("tables/sales/orders.toml", orders)
    project.job("sales_stream", stream)

    assert set(project.jobs()) == {"hospital_utilization", "sales_stream", "topics_sales"}
