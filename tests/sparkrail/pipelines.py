"""Small environments and contracts for tests of constructs."""

from pathlib import Path

from sparkmodel import Environment, Table

ROOT = Path(__file__).parents[2]
MAIN = "import sparkjob\n\ndef main(run):\n    pass\n"

DEV = {
    "name": "dev",
    "project": "acme",
    "account": "111111111111",
    "region": "eu-west-1",
    "teams": {"sales": {"max_vcpu": 400, "concurrent_runs": 2}},
    "quotas": {"vcpu": 4000},
}


def environment(**changes):
    return Environment.model_validate({**DEV, **changes})


def table(name):
    columns = {"id": {"type": "long", "required": True}}
    return Table.model_validate({"name": name, "write": "replace", "columns": columns})
