"""What `sparkrail tables erase --key` asks for is what the maintenance job reads."""

import pytest

from sparkcli.tables.erasure import keys_of, where_of
from sparkjob.contracts import parse_contract
from sparkjob.maintenance.rows_of_key import RowsOfKey

VALUES = {
    "whole": ("long", "-4711", "-4711L"),
    "exact": ("decimal(20,2)", "12345678901234567.89", "12345678901234567.89BD"),
    "near": ("double", "1.5", "1.5D"),
    "text": ("string", 'O\'Neill \\ "and" more', "'O\\'Neill \\\\ \"and\" more'"),
    "day": ("date", "2026-11-20", "DATE '2026-11-20'"),
    "moment": ("timestamp", "2026-11-20T06:30:00+00:00", "TIMESTAMP '2026-11-20 06:30:00'"),
    "wall": ("timestamp_ntz", "2026-11-20T06:30:00", "TIMESTAMP_NTZ '2026-11-20 06:30:00'"),
    "sure": ("boolean", "true", "true"),
}
CONTRACT = parse_contract(
    {
        "name": "shop.daily",
        "write": "append",
        "columns": {name: {"type": type_} for name, (type_, _, _) in VALUES.items()},
    }
)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_arrives_as_it_was_given(spark, name):
    _, value, read = VALUES[name]

    where = where_of(CONTRACT, keys_of(CONTRACT, [f"{name}={value}"]))

    assert RowsOfKey.parse(spark, where, CONTRACT).values == {name: read}


def test_several_keys_are_all_asked_for(spark):
    keys = keys_of(CONTRACT, ["whole=7", "day=2026-11-20"])

    found = RowsOfKey.parse(spark, where_of(CONTRACT, keys), CONTRACT)

    assert found.values == {"whole": "7L", "day": "DATE '2026-11-20'"}
