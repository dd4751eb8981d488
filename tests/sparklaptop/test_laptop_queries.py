"""Queries of DynamoDB tables and indexes give what they ask for, in its order."""

import pytest


@pytest.fixture(scope="module")
def table(client):
    """A table of runs, some of which are open."""
    names = ("pk", "sk", "open", "since")
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="queries",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": _keys("open", "since"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for number in range(20):
        row = {"pk": f"job#{number % 2}", "sk": f"run#{number:02}", "since": f"{99 - number}"}
        if number % 5 == 0:
            row["open"] = "1" if number % 2 else "queue"
        item = {name: {"S": value} for name, value in row.items()}
        dynamodb.put_item(TableName="queries", Item=item)
    return dynamodb


def _keys(first, second):
    return [
        {"AttributeName": first, "KeyType": "HASH"},
        {"AttributeName": second, "KeyType": "RANGE"},
    ]


def ask(table, name, value, **more):
    found = table.query(
        TableName="queries",
        KeyConditionExpression="#name = :value" + more.pop("also", ""),
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": {"S": value}, **more.pop("values", {})},
        **more,
    )
    return [item["sk"]["S"] for item in found["Items"]], found.get("LastEvaluatedKey")


def test_an_index_gives_the_rows_with_its_key_oldest_first(table):
    assert ask(table, "open", "queue", IndexName="open") == (["run#10", "run#00"], None)
    assert ask(table, "open", "1", IndexName="open") == (["run#15", "run#05"], None)
    assert ask(table, "open", "lock", IndexName="open") == ([], None)


def test_a_partition_is_read_in_order_and_in_parts(table):
    odd = [f"run#{number:02}" for number in range(1, 20, 2)]
    assert ask(table, "pk", "job#1") == (odd, None)
    assert ask(table, "pk", "job#1", ScanIndexForward=False) == (odd[::-1], None)
    assert ask(table, "pk", "job#2") == ([], None)
    more = {"also": " and sk < :last", "values": {":last": {"S": "run#06"}}}
    assert ask(table, "pk", "job#1", **more) == (odd[:3], None)
    first, after = ask(table, "pk", "job#1", Limit=4)
    rest, _ = ask(table, "pk", "job#1", ExclusiveStartKey=after)
    assert first + rest == odd


def test_a_page_of_an_index_goes_on_where_the_last_one_ended(table):
    first, after = ask(table, "open", "queue", IndexName="open", Limit=1)
    rest, _ = ask(table, "open", "queue", IndexName="open", ExclusiveStartKey=after)
    assert first + rest == ["run#10", "run#00"]
