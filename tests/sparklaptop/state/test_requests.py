"""What a request can change is read from the request alone."""

import io
import json

import pytest

from sparklaptop.state import items, requests
from sparklaptop.state.requests import Kind


def request(method="POST", path="/", *, service="s3", target="", body=b"", query="", form=False):
    scope = f"AWS4-HMAC-SHA256 Credential=laptop/20261121/eu-central-1/{service}/aws4_request, x"
    return requests.read(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_AUTHORIZATION": scope,
            "HTTP_X_AMZ_TARGET": target,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if form else "",
            "wsgi.input": io.BytesIO(body),
        }
    )


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"method": "GET", "path": "/b/k"}, Kind.NOTHING),
        ({"method": "PUT", "path": "/b/k"}, Kind.OBJECTS),
        ({"method": "PUT", "path": "/b"}, Kind.REST),
        ({"service": "dynamodb", "target": "DynamoDB_20120810.PutItem"}, Kind.ITEMS),
        ({"service": "dynamodb", "target": "DynamoDB_20120810.Query"}, Kind.NOTHING),
        ({"service": "dynamodb", "target": "DynamoDB_20120810.CreateTable"}, Kind.REST),
        ({"service": "sqs", "target": "AmazonSQS.ReceiveMessage"}, Kind.WAITING),
        ({"service": "states", "target": "AWSStepFunctions.StartExecution"}, Kind.NOTHING),
        ({"service": "kms", "target": "TrentService.Decrypt"}, Kind.NOTHING),
        ({"service": "kms", "target": "TrentService.CreateKey"}, Kind.REST),
        ({"service": "iam", "form": True, "body": b"Action=GetRole"}, Kind.NOTHING),
        ({"service": "iam", "form": True, "body": b"Action=CreateRole&RoleName=a"}, Kind.REST),
        ({"service": "cloudformation", "form": True, "body": b"Action=CreateStack"}, Kind.NOTHING),
        ({"service": "scheduler", "path": "/schedules/a"}, Kind.REST),
        ({"service": "emr-serverless", "path": "/applications"}, Kind.NOTHING),
    ],
)
def test_a_request_says_what_it_can_change(asked, kind):
    assert request(**asked).kind is kind


def test_the_objects_of_a_request_are_named_as_they_are_stored():
    path = "/b/Größe 1".encode().decode("latin-1")
    listed = (
        b'<Delete xmlns="x"><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>'
    )

    assert request("PUT", path).keys == (("b", "Größe 1"),)
    assert request("POST", "/b", query="delete", body=listed).keys == (("b", "a"), ("b", "b/c"))


def test_the_items_of_every_call_that_changes_some_are_known():
    key, item = {"pk": {"S": "a"}}, {"pk": {"S": "b"}, "n": {"N": "1"}}
    batch = {
        "RequestItems": {"t": [{"PutRequest": {"Item": item}}, {"DeleteRequest": {"Key": key}}]}
    }
    together = {
        "TransactItems": [
            {"Put": {"TableName": "t", "Item": item}},
            {"ConditionCheck": {"TableName": "t", "Key": key}},
            {"Update": {"TableName": "u", "Key": key}},
        ]
    }

    assert items.touched("BatchWriteItem", batch) == [("t", item), ("t", key)]
    assert items.touched("TransactWriteItems", together) == [("t", item), ("u", key)]
    assert items.touched("UpdateItem", {"TableName": "t", "Key": key}) == [("t", key)]
    body = json.dumps({"TableName": "t", "Item": item}).encode()
    found = request(service="dynamodb", target="DynamoDB_20120810.PutItem", body=body)
    assert (found.region, found.asked["Item"]) == ("eu-central-1", item)
