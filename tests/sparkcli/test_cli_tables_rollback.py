"""A table goes back to what it was, and who has to know is told."""

import json
from pathlib import Path

import jsonschema
import pytest
from cli_cloud import PREFIX, add_job
from cli_tables import days

CONTRACT = Path(__file__).parents[2] / "docs/contracts/table-rolled-back.schema.json"


@pytest.fixture
def written(shop):
    """Three runs, the last of them bad; the ids of their snapshots."""
    return [shop.append(f"k{n}", days(n), interval=f"2026111{n}T000000Z") for n in (1, 2, 3)]


def test_a_table_goes_back_to_before_a_run(sparkrail, shop, written):
    ended = sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "--yes", "--json")

    print(f"rollback: {ended.document['seconds']} s")
    assert ended.code == 0, ended.err
    assert (shop.head, shop.rows) == (written[1], 2)
    assert [each["run_key"] for each in ended.document["undone"]] == ["k3"]
    assert ended.document["seconds"] < 10


def test_a_table_goes_to_what_a_run_left(sparkrail, shop, written):
    assert sparkrail("tables", "rollback", "shop.daily", "--to", "sales/k1", "-y").code == 0

    assert shop.head == written[0]


def test_a_table_goes_to_a_snapshot(sparkrail, shop, written):
    assert sparkrail("tables", "rollback", "shop.daily", "--to", written[0], "-y").code == 0

    assert shop.head == written[0]


def test_what_it_was_stays_for_seven_days_and_can_come_again(sparkrail, shop, written):
    sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k2", "-y")
    tag = shop.fresh.refs()["before-rollback-1"]
    assert tag.snapshot_id == written[2]
    assert 7 * 86_400_000 <= tag.max_ref_age_ms < 7 * 86_400_000 + 60_000

    ended = sparkrail("tables", "rollback", "shop.daily", "--to", "before-rollback-1", "-y")

    assert (ended.code, shop.head, shop.rows) == (0, written[2], 3)
    assert "before-rollback-2" not in shop.fresh.refs(), "nothing went away"


def test_a_run_that_was_rolled_back_comes_again_by_its_name(sparkrail, shop, written):
    sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    assert sparkrail("tables", "rollback", "shop.daily", "--to", "sales/k3", "-y").code == 0

    assert shop.head == written[2]


def test_only_the_newest_generation_goes_away(sparkrail, shop, written):
    shop.append("k3", days(4), generation=2)

    sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    assert shop.head == written[2]


def test_cherry_picked_runs_are_known(sparkrail, shop, written):
    shop.cherry_picked("k4", days(4))

    ended = sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k4", "-y", "--json")

    assert [each["run_key"] for each in ended.document["undone"]] == ["k4"]
    assert shop.head == written[2]


def test_all_snapshots_of_a_run_go_away_together(sparkrail, shop, written):
    shop.twice("k4", days(4))

    sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k4", "-y")

    assert (shop.head, shop.rows) == (written[2], 3)


@pytest.mark.parametrize(
    ("state", "interval"), [("k2", "20261112T000000Z"), ("k1", "20261111T000000Z")]
)
def test_the_interval_of_the_last_replacement_follows(sparkrail, shop, written, state, interval):
    shop.set({"sparkrail.replaced-through": "20261113T000000Z"})

    sparkrail("tables", "rollback", "shop.daily", "--to", f"sales/{state}", "-y")

    assert shop.fresh.properties["sparkrail.replaced-through"] == interval


def test_a_state_without_an_interval_lets_any_run_replace_it(sparkrail, shop):
    first = shop.append("k1", days(1))
    shop.append("k2", days(2), interval="20261112T000000Z")
    shop.set({"sparkrail.replaced-through": "20261112T000000Z"})

    sparkrail("tables", "rollback", "shop.daily", "--to", first, "-y")

    assert "sparkrail.replaced-through" not in shop.fresh.properties


def test_a_writer_who_was_faster_makes_it_fail_cleanly(sparkrail, shop, written, monkeypatch):
    def somebody_writes(*_):
        shop.append("k4", days(4))

    monkeypatch.setattr("sparkcli.commands.tables_rollback.ask", somebody_writes)

    ended = sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3")

    assert ended.code == 1
    assert "was written while you decided: sales/k4 did" in ended.err
    assert shop.rows == 4
    assert "before-rollback-1" not in shop.fresh.refs()


def test_a_commit_whose_answer_was_lost_is_no_failure(sparkrail, shop, written, monkeypatch):
    from pyiceberg.catalog.glue import GlueCatalog
    from pyiceberg.exceptions import CommitFailedException

    commit = GlueCatalog.commit_table

    def loses_the_answer(*arguments):
        commit(*arguments)
        raise CommitFailedException("the version is another by now")

    monkeypatch.setattr(GlueCatalog, "commit_table", loses_the_answer)

    ended = sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    assert (ended.code, shop.head) == (0, written[1])


def test_nobody_is_asked_where_nobody_can_be(sparkrail, shop, written):
    ended = sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "--json")

    assert ended.code == 2
    assert "--yes" in ended.document["error"]["message"]
    assert ended.document["undone"][0]["run_key"] == "k3"
    assert shop.head == written[2]


def refusal(sparkrail, *arguments):
    ended = sparkrail("tables", "rollback", "shop.daily", *arguments, "-y")
    assert ended.code == 2, ended.err
    return ended.err


def test_it_must_be_said_where_to(sparkrail, shop, written):
    assert "Say where to" in refusal(sparkrail)
    assert "Say where to" in refusal(sparkrail, "--to", 1, "--before", "sales/k1")


def test_a_snapshot_of_another_table_is_refused_with_choices(sparkrail, shop, written):
    said = refusal(sparkrail, "--to", 4711)

    assert "4711 is not a snapshot of shop.daily, or not any more: it expired." in said
    assert f"{written[1]}  " in said
    assert "sales/k2" in said


def test_an_expired_snapshot_is_refused(sparkrail, shop, written):
    shop.fresh.maintenance.expire_snapshots().by_id(written[0]).commit()

    assert "it expired" in refusal(sparkrail, "--to", written[0])
    assert "is the oldest that shop.daily keeps" in refusal(sparkrail, "--before", "sales/k2")


def test_what_was_never_published_is_refused(sparkrail, shop, written):
    staged = shop.stage("run_sales_k4_1", "k4", days(4))

    assert "was never published. It is in the branch run_sales_k4_1" in refusal(
        sparkrail, "--to", staged
    )
    assert "was never published" in refusal(sparkrail, "--before", "sales/k4")


def test_half_a_run_is_refused(sparkrail, shop, written):
    head = shop.twice("k4", days(4))
    half = shop.fresh.snapshot_by_id(head).parent_snapshot_id
    shop.append("k5", days(5))

    assert "is half of what sales/k4 did" in refusal(sparkrail, "--to", half)


def test_what_the_table_has_now_is_refused(sparkrail, shop, written):
    assert "is at sales/k3 now" in refusal(sparkrail, "--to", "sales/k3")


def test_a_run_that_wrote_nothing_is_refused(sparkrail, shop, written):
    assert "sales/k9 wrote nothing" in refusal(sparkrail, "--to", "sales/k9")
    assert '"k9" is not a snapshot, a run (JOB/KEY) or a tag' in refusal(sparkrail, "--to", "k9")
    assert "is not a run" in refusal(sparkrail, "--before", "k3")


def test_a_run_that_is_undone_cannot_be_undone_again(sparkrail, shop, written):
    sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    assert "was rolled back already" in refusal(sparkrail, "--before", "sales/k3")


def test_the_first_run_has_no_state_before_it(sparkrail, shop, written):
    said = refusal(sparkrail, "--before", "sales/k1")

    assert "there is no state before it" in said
    assert "./sparkrail rerun sales/k1" in said


def test_the_bus_is_told_by_the_contract(sparkrail, shop, written, bus):
    sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    (event,) = bus()
    assert (event["source"], event["detail-type"]) == (PREFIX, "Table Rolled Back")
    jsonschema.validate(event["detail"], json.loads(CONTRACT.read_text()))
    assert event["detail"]["undone"] == [
        {"job": "sales", "key": "k3", "generation": 1, "interval": "20261113T000000Z"}
    ]


def test_a_bus_that_does_not_answer_is_said(sparkrail, shop, written, cloud, monkeypatch):
    monkeypatch.setattr("sparkcli.tables.telling.announce", lambda *_: "it is gone")

    ended = sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    assert ended.code == 1
    assert "shop.daily is rolled back, but nobody was told by an event: it is gone" in ended.err
    assert shop.head == written[1]


def test_the_ledger_no_longer_says_that_the_interval_is_written(sparkrail, shop, written, cloud):
    def interval(key):
        return {"pk": {"S": "table#shop.daily"}, "sk": {"S": f"interval#2026111{key}T000000Z"}}

    dynamodb, name = cloud("dynamodb"), f"{PREFIX}-ledger"
    for key in (2, 3):
        row = {"job": {"S": "sales"}, "key": {"S": f"k{key}"}, "generation": {"N": "1"}}
        dynamodb.put_item(TableName=name, Item={**interval(key), **row})

    sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    assert "Item" not in dynamodb.get_item(TableName=name, Key=interval(3))
    assert "Item" in dynamodb.get_item(TableName=name, Key=interval(2))


def test_an_interval_that_comes_again_is_in_the_ledger_again(
    sparkrail, shop, written, cloud, ledger_row
):
    ledger_row("k3")
    sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    sparkrail("tables", "rollback", "shop.daily", "--to", "before-rollback-1", "-y")

    key = {"pk": {"S": "table#shop.daily"}, "sk": {"S": "interval#20261113T000000Z"}}
    row = cloud("dynamodb").get_item(TableName=f"{PREFIX}-ledger", Key=key)["Item"]
    assert (row["job"], row["key"]) == ({"S": "sales"}, {"S": "k3"})


def test_jobs_that_have_read_it_are_named_with_their_runs(
    sparkrail, shop, written, project, ledger_row
):
    add_job(project, "totals", reads="shop.daily")
    ledger_row("t1", job="totals", since="2020-01-01T00:00:00Z")
    ledger_row("t2", job="totals", since="2999-01-01T00:00:00Z")
    ledger_row("t3", job="totals", since="2999-01-01T00:00:00Z", state="FAILED")

    ended = sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    assert "totals reads it and ran 1 time since" in ended.err
    assert "./sparkrail rerun totals/t2" in ended.err
    assert "t1" not in ended.err
    assert "t3" not in ended.err
    assert ended.err.splitlines()[-1] == "Next: ./sparkrail rerun sales/k3"


def test_a_branch_made_from_what_goes_away_is_named(sparkrail, shop, written):
    shop.stage("run_sales_k4_1", "k4", days(4))

    ended = sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    assert "The branch run_sales_k4_1 was made from what goes away" in ended.err


def test_history_says_who_rolled_back_what(sparkrail, shop, written):
    sparkrail("tables", "rollback", "shop.daily", "--before", "sales/k3", "-y")

    ended = sparkrail("tables", "history", "shop.daily", "--json")

    newest = ended.document["snapshots"][0]
    assert (newest["run_key"], newest["note"]) == ("k3", "rolled back before-rollback-1")
    assert ended.document["rollbacks"][0]["undone"][0]["key"] == "k3"
    assert ended.document["rollbacks"][0]["by"] == "laptop"
