"""Questions to the lake's tables, through PyIceberg and DuckDB."""

import datetime
import decimal
import math

import pyarrow as pa
import pytest
from cli_cloud import PREFIX
from pyiceberg.catalog import load_catalog

from sparkcli.lake_values import plain

DAYS = pa.table(
    {
        "day": pa.array([datetime.date(2026, 11, 20), datetime.date(2026, 11, 21)], pa.date32()),
        "amount": pa.array([1.5, math.nan]),
        "items": pa.array([3, None], pa.int64()),
    }
)


@pytest.fixture
def daily(cloud, endpoint):
    """The table shop.daily, written as Spark would write it."""
    own = {"access-key-id": "laptop", "secret-access-key": "laptop", "endpoint": endpoint}
    own["region"] = "eu-west-1"
    properties = {f"{service}.{k}": v for service in ("glue", "s3") for k, v in own.items()}
    catalog = load_catalog(
        "lake", type="glue", **{**properties, "s3.force-virtual-addressing": "False"}
    )
    catalog.create_namespace("shop_dev_shop", {"location": f"s3://{PREFIX}-lake/warehouse"})
    table = catalog.create_table("shop_dev_shop.daily", DAYS.schema)
    table.append(DAYS)
    return table


def test_a_table_is_named_as_in_its_contract(sparkrail, daily):
    ended = sparkrail("query", "select * from shop.daily order by day", "--json")

    assert ended.document == [
        {"day": "2026-11-20", "amount": 1.5, "items": 3},
        {"day": "2026-11-21", "amount": None, "items": None},
    ]


def test_columns_of_one_name_are_all_there(sparkrail, daily):
    ended = sparkrail(
        "query", "select a.items, b.items from shop.daily a join shop.daily b using (day)", "--json"
    )

    assert [list(row) for row in ended.document] == [["items", "items_2"]] * 2


def test_moments_and_nested_values_are_shown(sparkrail, daily):
    moment = "timestamptz '2026-11-21 07:30:00+01' as at"
    sql = f"select {moment}, map {{'a': 1}} as counts, sum(1) as n from shop.daily"

    done = sparkrail("query", sql, "--json")

    assert done.document == [{"at": "2026-11-21T06:30:00+00:00", "counts": {"a": 1}, "n": 2}]


def test_an_unknown_column_names_the_near_ones(sparkrail, daily):
    ended = sparkrail("query", "select amont from shop.daily")

    assert ended.code == 2
    assert '"amount"' in ended.err


def test_only_tables_that_are_named_are_read(sparkrail, daily, monkeypatch):
    read = []
    monkeypatch.setattr("sparkcli.lake.Lake._read", lambda _, *name: read.append(name) or DAYS)

    sparkrail("query", "with x as (select * from shop.daily) select * from x")

    assert read == [("shop", "daily")]


def test_a_table_without_a_contract_can_be_asked_too(sparkrail, daily, cloud):
    assert sparkrail("query", "select count(*) as n from shop.daily_quarantine").code == 2
    daily.catalog.create_table("shop_dev_shop.daily_quarantine", DAYS.schema).append(DAYS)

    ended = sparkrail("query", "select count(*) as n from shop.daily_quarantine", "--json")

    assert ended.document == [{"n": 2}]


def test_a_table_too_large_for_memory_is_refused(sparkrail, daily, monkeypatch):
    monkeypatch.setattr("sparkcli.lake.LARGEST_TABLE_BYTES", 10)

    ended = sparkrail("query", "select * from shop.daily")

    assert ended.code == 1
    assert "Ask Athena or Spark" in ended.err


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, decimal.Decimal("NaN"), None])
def test_what_json_does_not_know_is_null(value):
    assert plain(value) is None


def test_values_keep_their_meaning():
    assert plain(decimal.Decimal("1.50")) == 1.5
    assert plain(decimal.Decimal(12345678901234567890)) == 12345678901234567890
    assert plain(datetime.datetime(2026, 11, 21, 6, 30)) == "2026-11-21T06:30:00"
    assert plain({"a": [datetime.date(2026, 11, 21), b"x"]}) == {"a": ["2026-11-21", "x"]}
    assert plain(True) is True
