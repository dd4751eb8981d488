"""Which tables there are, what they were, what their contracts change, what runs staged."""

import pytest
from cli_cloud import add_job
from cli_tables import DATABASE, SCHEMA, days


@pytest.fixture
def written(shop):
    return [shop.append(f"k{n}", days(n)) for n in (1, 2)]


def test_the_list_has_tables_with_and_without_contract(sparkrail, project, shop, written):
    add_job(project, "totals", reads="shop.daily")
    for name in ("daily_quarantine", "stranger"):
        shop.catalog.create_table(f"{DATABASE}.{name}", SCHEMA)

    ended = sparkrail("tables", "list", "--json")

    by_name = {each["table"]: each for each in ended.document}
    assert list(by_name) == ["shop.daily", "shop.daily_quarantine", "shop.stranger", "shop.totals"]
    daily = by_name["shop.daily"]
    assert (daily["owner"], daily["write"], daily["rows"]) == ("shop", "replace", 2)
    assert (daily["files"], daily["snapshots"], daily["last_run"]) == (1, 2, "sales/k2")
    assert by_name["shop.daily_quarantine"]["contract"] == "quarantine"
    assert by_name["shop.stranger"]["contract"] == "none"
    assert by_name["shop.totals"]["written"] is False
    assert "Without a contract: shop.stranger" in ended.err


def test_an_empty_lake_has_only_contracts(sparkrail, cloud):
    ended = sparkrail("tables", "list")

    assert ended.code == 0
    assert "not written yet" in ended.out


def test_show_has_columns_size_and_branches(sparkrail, shop, written):
    shop.stage("run_sales_k3_1", "k3", days(3))
    shop.set({"write.target-file-size-bytes": "1024"})

    shown = sparkrail("tables", "show", "shop.daily", "--json").document

    assert [each["name"] for each in shown["columns"]] == ["day", "amount"]
    assert shown["columns"][0] == {
        "name": "day", "type": "date", "required": True, "sensitivity": None, "doc": ""
    }  # fmt: skip
    assert (shown["rows"], shown["files"], shown["written_by"]) == (2, 1, ["sales"])
    assert shown["properties"]["write.target-file-size-bytes"] == "1024"
    (branch,) = shown["branches"]
    assert (branch["name"], branch["run_key"], branch["rows"]) == ("run_sales_k3_1", "k3", 3)
    assert branch["until"] is not None


def test_show_as_markdown_is_the_page_of_the_contract(sparkrail, cloud):
    ended = sparkrail("tables", "show", "shop.daily", "--markdown")

    assert ended.code == 0, ended.err
    assert ended.out.startswith("# shop.daily")
    assert "| owner | shop |" in ended.out
    assert sparkrail("tables", "show", "shop.nothing", "--markdown").code == 2


def test_show_of_no_table_names_the_near_one(sparkrail, shop):
    ended = sparkrail("tables", "show", "shop.dayly")

    assert (ended.code, 'Did you mean "shop.daily"?' in ended.err) == (2, True)


def test_a_table_without_its_database_is_refused(sparkrail, shop):
    ended = sparkrail("tables", "show", "daily")

    assert ended.code == 2
    assert "write it as database.table" in ended.err


def test_history_is_newest_first_and_knows_maintenance(sparkrail, shop, written):
    shop.append("m1", days(3), job="maintenance_shop")
    shop.cherry_picked("k3", days(4), generation=2)

    shown = sparkrail("tables", "history", "shop.daily", "--json").document["snapshots"]

    assert [each["by"] for each in shown] == [
        "sales/k3/2", "maintenance_shop/m1", "sales/k2", "sales/k1"
    ]  # fmt: skip
    assert (shown[0]["rows_added"], shown[0]["rows"], shown[0]["files"]) == (1, 4, 1)


def test_history_ends_at_its_limit(sparkrail, shop, written):
    ended = sparkrail("tables", "history", "shop.daily", "--limit", 1, "--json")

    assert [each["run_key"] for each in ended.document["snapshots"]] == ["k2"]


def contract(project, columns, more=""):
    (project / "tables/shop/daily.toml").write_text(
        f'description = "Sales per day"\nwrite = "replace"\n{more}\n[columns]\n{columns}\n'
    )


def test_diff_says_what_the_next_run_changes(sparkrail, project, shop):
    contract(
        project,
        'day = { type = "date", required = true }\namount = { type = "double" }\n'
        'till = { type = "string", doc = "Which till" }',
    )

    ended = sparkrail("tables", "diff", "shop.daily", "--json")

    (one,) = ended.document["tables"]
    assert (ended.code, one["state"]) == (0, "changes")
    assert {"till": "is new: string"}.items() <= {
        each["column"]: each["what"] for each in one["changes"]
    }.items()


def test_diff_refuses_with_the_line_of_the_contract(sparkrail, project, shop, written):
    contract(project, 'day = { type = "date", required = true }\namount = { type = "int" }')

    ended = sparkrail("tables", "diff")

    assert ended.code == 1
    assert "tables/shop/daily.toml:6  columns.amount: " in ended.out
    assert "either: " in ended.out
    (refusal,) = sparkrail("tables", "diff", "--json").document["tables"][0]["refusals"]
    assert (refusal["line"], refusal["key"]) == (6, "columns.amount")


def test_diff_of_a_column_that_the_contract_lost_names_its_columns(sparkrail, project, shop):
    contract(project, 'day = { type = "date", required = true }')

    ended = sparkrail("tables", "diff", "shop.daily")

    assert ended.code == 1
    assert "tables/shop/daily.toml:4  columns.amount" in ended.out


def test_diff_of_what_nobody_wrote_yet_is_good(sparkrail, cloud):
    ended = sparkrail("tables", "diff")

    assert ended.code == 0
    assert "shop.daily: no run has written it yet; the first one makes it" in ended.out


def test_diff_of_no_contract_is_refused(sparkrail, cloud):
    assert sparkrail("tables", "diff", "shop.nothing").code == 2


def rows(ended):
    assert ended.code == 0, ended.err
    return ended.document[0]["n"]


@pytest.fixture
def staged(full_shop):
    """Two runs that published, and one whose audit failed; the ids of their snapshots."""
    ids = [full_shop.append(f"k{n}", days(n)) for n in (1, 2)]
    return [*ids, full_shop.stage("run_sales_k_3_1", "k-3", days(3))]


COUNT = "select count(*) as n from shop.daily"


def test_a_query_reads_what_a_run_staged(sparkrail, full_shop, staged):
    full_shop.stage("run_sales_k_3_2", "k-3", days(3, 4), generation=2)

    assert rows(sparkrail("query", COUNT, "--json")) == 2
    assert rows(sparkrail("query", COUNT, "--branch", "sales/k-3", "--json")) == 4
    ended = sparkrail("query", COUNT, "--branch", "sales/k-3/1", "--json")
    assert rows(ended) == 3
    assert "shop.daily was read from the branch run_sales_k_3_1, which stays until" in ended.err


def test_a_query_of_a_branch_reads_other_tables_as_they_are(sparkrail, full_shop, staged):
    full_shop.catalog.create_table(f"{DATABASE}.other", SCHEMA).append(days(1))
    both = "select count(*) as n from shop.daily, shop.other"

    assert rows(sparkrail("query", both, "--branch", "sales/k-3", "--json")) == 3


def test_a_branch_that_is_not_there_names_those_that_are(sparkrail, full_shop, staged):

    ended = sparkrail("query", COUNT, "--branch", "sales/k2")

    assert ended.code == 2
    assert "shop.daily: run_sales_k_3_1 (3 rows) until " in ended.err
    assert f"sales/k2 was published as snapshot {staged[1]}" in ended.err


def test_a_query_reads_a_snapshot(sparkrail, full_shop, staged):
    assert rows(sparkrail("query", COUNT, "--snapshot", staged[0], "--json")) == 1


def test_a_snapshot_that_is_not_there_names_those_that_are(sparkrail, full_shop, staged):
    ended = sparkrail("query", COUNT, "--snapshot", 4711)

    assert ended.code == 2
    assert str(staged[0]) in ended.err


def test_a_query_reads_one_state(sparkrail, full_shop):
    ended = sparkrail("query", COUNT, "--snapshot", 1, "--branch", "sales/k1")

    assert ended.code == 2
    assert "not both" in ended.err
    assert sparkrail("query", COUNT, "--branch", "sales").code == 2
    assert sparkrail("query", COUNT, "--branch", "nobody/k1").code == 2
