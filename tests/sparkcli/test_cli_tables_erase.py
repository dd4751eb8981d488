"""What the maintenance job of a team is asked when rows are to be erased."""

import json

import pytest
from cli_cloud import ACCOUNT, PREFIX

REPORT = {
    "maintenance": {
        "task": "erase",
        "table": "shop.daily",
        "columns": ["day"],
        "rows": 3,
        "snapshots_expired": 2,
        "still_in": [
            {
                "name": "before-rollback-1",
                "kind": "tag",
                "until": "2026-11-28",
                "drop": "ALTER TABLE lake.shop_dev_shop.daily DROP TAG `before-rollback-1`",
            }
        ],
        "files_until": "2026-12-21",
    }
}


@pytest.fixture
def maintenance(cloud):
    """The machine of the team's maintenance job; it puts its row, as a job's machine does."""

    def make(state="SUCCEEDED"):
        item = {
            "pk": {"S": "job#maintenance_shop"},
            "sk": {"S.$": "States.Format('run#{}', $.key)"},
            "job": {"S": "maintenance_shop"},
            "key": {"S.$": "$.key"},
            "state": {"S": state},
            "generation": {"N": "1"},
            "attempts": {"N": "1"},
            "execution": {"S.$": "$$.Execution.Id"},
            "since": {"S": "2026-11-21T06:30:00.000Z"},
            "report": {"S": json.dumps(REPORT)},
            "overrides": {"S.$": "States.JsonToString($.overrides)"},
        }
        record = {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {"TableName": f"{PREFIX}-ledger", "Item": item},
            "End": True,
        }
        cloud("stepfunctions").create_state_machine(
            name=f"{PREFIX}-maintenance_shop",
            definition=json.dumps({"StartAt": "Record", "States": {"Record": record}}),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-maintenance_shop-machine",
        )

    return make


def test_the_maintenance_job_gets_the_rows_and_says_what_is_left(sparkrail, maintenance, cloud):
    maintenance()

    ended = sparkrail("tables", "erase", "shop.daily", "--key", "day=2026-11-20", "--yes")

    assert ended.code == 0, ended.err
    assert "3 rows are erased, 2 snapshots that had them are gone." in ended.out
    assert "before-rollback-1  2026-11-28" in ended.out
    assert "DROP TAG `before-rollback-1`" in ended.err
    assert "keeps deleted files until 2026-12-21" in ended.err
    rows = cloud("dynamodb").scan(TableName=f"{PREFIX}-ledger")["Items"]
    assert json.loads(rows[0]["overrides"]["S"]) == {
        "parameters": {
            "task": "erase", "table": "shop.daily", "where": "`day` = DATE'2026-11-20'"
        }
    }  # fmt: skip


def test_several_keys_must_all_fit(sparkrail, maintenance, cloud):
    maintenance()
    keys = ["--key", "day=2026-11-20", "--key", "amount=1.5"]

    ended = sparkrail("tables", "erase", "shop.daily", *keys, "--yes", "--json")

    assert ended.document["rows"] == "day = 2026-11-20 and amount = 1.5"
    assert ended.document["erased"]["rows"] == 3


def test_nobody_is_asked_where_nobody_can_be(sparkrail, maintenance, cloud):
    maintenance()

    ended = sparkrail("tables", "erase", "shop.daily", "--key", "day=2026-11-20")

    assert ended.code == 2
    assert "No rollback brings them back." in ended.err
    assert cloud("dynamodb").scan(TableName=f"{PREFIX}-ledger")["Items"] == []


def test_values_that_nobody_may_see_are_hidden(sparkrail, project, maintenance):
    contract = project / "tables/shop/daily.toml"
    contract.write_text(
        contract.read_text() + 'till = { type = "string", sensitivity = "personal" }\n'
    )

    ended = sparkrail("tables", "erase", "shop.daily", "--key", "till=me@example.com")

    assert "till = (hidden)" in ended.out
    assert "me@example.com" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Say which rows"),
        (["--key", "day"], "is not COL=VALUE"),
        (["--key", "dy=2026-11-20"], 'Did you mean "day"?'),
        (["--key", "day=yesterday"], '"yesterday" is not of type date'),
        (["--key", "amount=much"], '"much" is not of type double'),
    ],
)
def test_what_cannot_be_erased_is_refused(sparkrail, cloud, arguments, said):
    ended = sparkrail("tables", "erase", "shop.daily", *arguments, "--yes")

    assert ended.code == 2
    assert said in ended.err


def test_a_table_that_no_maintenance_job_keeps_is_refused(sparkrail, project, cloud):
    contract = (project / "tables/shop/daily.toml").read_text()
    (project / "tables/shop/alone.toml").write_text(contract)
    (project / "tables/shop/daily.toml").write_text(f'{contract}\n[maintenance]\nby = "nobody"\n')

    def refusal(table):
        ended = sparkrail("tables", "erase", table, "--key", "day=2026-11-20", "--yes")
        assert ended.code == 2
        return ended.err

    assert 'Give tables/shop/alone.toml an owner = "TEAM"' in refusal("shop.alone")
    assert 'tables/shop/daily.toml says maintenance by = "nobody"' in refusal("shop.daily")


def test_a_job_that_failed_fails_the_command(sparkrail, cloud):
    failing = {"Type": "Fail", "Error": "JobFailed", "Cause": "the disk is full"}
    cloud("stepfunctions").create_state_machine(
        name=f"{PREFIX}-maintenance_shop",
        definition=json.dumps({"StartAt": "Fail", "States": {"Fail": failing}}),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-maintenance_shop-machine",
    )

    ended = sparkrail("tables", "erase", "shop.daily", "--key", "day=2026-11-20", "-y", "--json")

    assert ended.code == 1
    assert "the disk is full" in ended.document["error"]["message"]


def test_a_maintenance_job_that_is_not_deployed_is_said(sparkrail, cloud):
    ended = sparkrail("tables", "erase", "shop.daily", "--key", "day=2026-11-20", "--yes")

    assert ended.code == 1
    assert "maintenance_shop" in ended.err
