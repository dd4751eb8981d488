import json

from sparkjob.contracts import (
    CONTRACTS_VARIABLE,
    Column,
    Transform,
    load_contracts,
    parse_contract,
)
from sparkjob.frames import column_differences

TABLE = {
    "name": "sales.daily",
    "write": "append",
    "key": ["id"],
    "partition": ["day"],
    "columns": {
        "id": {"type": "long", "required": True, "doc": "Order"},
        "day": {"type": "date"},
    },
    "checks": [{"column": "id", "min": 1}],
}


def test_contracts_come_from_the_file_that_the_variable_names(tmp_path, monkeypatch):
    path = tmp_path / "contracts.json"
    path.write_text(json.dumps({"job": "x", "outputs": {"daily": TABLE}}))
    monkeypatch.setenv(CONTRACTS_VARIABLE, str(path))

    found = load_contracts().outputs["daily"]

    assert found == parse_contract(TABLE)
    assert found.columns[0] == Column("id", "bigint", required=True, doc="Order")
    assert [str(check) for check in found.checks] == ["1 <= id"]


def test_without_contracts_there_are_none(monkeypatch):
    monkeypatch.delenv(CONTRACTS_VARIABLE, raising=False)

    assert load_contracts().outputs == {}


def test_an_append_table_keeps_the_run_key_of_each_row():
    found = parse_contract(TABLE)

    assert [column.name for column in found.stored] == ["id", "day", "run_key"]
    assert found.stored_partition == (Transform("run_key"), Transform("day"))


def test_all_differences_of_columns_are_listed():
    contract = [Column("a", "string"), Column("b", "int"), Column("c", "date", required=True)]
    found = [Column("b", "bigint"), Column("c", "date"), Column("d", "double")]

    assert column_differences(contract, found) == [
        "a: missing; the contract says string",
        "b: is long, the contract says int",
        "d: is double, the contract has no such column",
    ]
