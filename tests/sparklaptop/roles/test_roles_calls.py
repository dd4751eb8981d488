"""From a request to the permissions that it needs: no server, an empty account."""

import io
import json

import pytest
from laptop_assemblies import ACCOUNT, REGION

from sparklaptop.roles import blame
from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.needs import needs_of
from sparklaptop.roles.calls.request import read, signature
from sparklaptop.roles.memory import Denial

LAKE = "arn:aws:s3:::lake"


def arn(service, rest):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def needs(service, method="POST", path="/", query="", body=b"", **headers):
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "CONTENT_TYPE": headers.pop("content_type", ""),
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    request = read(environ, service)
    assert environ["wsgi.input"].read() == body, "the cloud must still find the body"
    return needs_of(request, Account(ACCOUNT, REGION), lambda *_: {"team": "health"})


def of(service, operation, **parameters):
    """Action and resource of each need of a JSON request."""
    body = json.dumps(parameters).encode()
    return [
        (need.action.split(":")[1], need.resource)
        for need in needs(service, body=body, x_amz_target=f"X.{operation}")
    ]


@pytest.mark.parametrize(
    ("method", "path", "query", "expected"),
    [
        ("GET", "/", "", [("ListAllMyBuckets", "*")]),
        ("GET", "/lake", "list-type=2&prefix=in%2F&delimiter=", [("ListBucket", LAKE)]),
        ("GET", "/lake", "versions&prefix=", [("ListBucketVersions", LAKE)]),
        ("GET", "/lake", "versioning", [("GetBucketVersioning", LAKE)]),
        ("GET", "/lake", "location", [("GetBucketLocation", LAKE)]),
        ("GET", "/lake", "uploads", [("ListBucketMultipartUploads", LAKE)]),
        ("GET", "/lake", "analytics", [("GetAnalytics", LAKE)]),
        ("HEAD", "/lake", "", [("ListBucket", LAKE)]),
        ("GET", "/lake/in/a%20b", "", [("GetObject", f"{LAKE}/in/a%20b")]),
        ("HEAD", "/lake/in/a", "", [("GetObject", f"{LAKE}/in/a")]),
        ("GET", "/lake/in/a", "versionId=7", [("GetObjectVersion", f"{LAKE}/in/a")]),
        ("GET", "/lake/in/a", "tagging", [("GetObjectTagging", f"{LAKE}/in/a")]),
        ("GET", "/lake/in/a", "uploadId=u", [("ListMultipartUploadParts", f"{LAKE}/in/a")]),
        ("PUT", "/lake/in/a", "", [("PutObject", f"{LAKE}/in/a")]),
        ("PUT", "/lake/in/a", "partNumber=1&uploadId=u", [("PutObject", f"{LAKE}/in/a")]),
        ("POST", "/lake/in/a", "uploads", [("PutObject", f"{LAKE}/in/a")]),
        ("POST", "/lake/in/a", "uploadId=u", [("PutObject", f"{LAKE}/in/a")]),
        ("DELETE", "/lake/in/a", "", [("DeleteObject", f"{LAKE}/in/a")]),
        ("DELETE", "/lake/in/a", "versionId=7", [("DeleteObjectVersion", f"{LAKE}/in/a")]),
        ("DELETE", "/lake/in/a", "uploadId=u", [("AbortMultipartUpload", f"{LAKE}/in/a")]),
    ],
)
def test_s3(method, path, query, expected):
    found = needs("s3", method, path, query)

    assert [(n.action.removeprefix("s3:"), n.resource) for n in found] == expected


def test_s3_of_many_objects_and_of_copies():
    body = (
        b"<Delete><Object><Key>a</Key></Object>"
        b"<Object><Key>b</Key><VersionId>7</VersionId></Object></Delete>"
    )

    deletes = needs("s3", "POST", "/lake", "delete", body)
    copy = needs("s3", "PUT", "/lake/b", x_amz_copy_source="/raw/in/a%20b")

    assert [(n.action, n.resource) for n in deletes] == [
        ("s3:DeleteObject", f"{LAKE}/a"),
        ("s3:DeleteObjectVersion", f"{LAKE}/b"),
    ]
    assert [(n.action, n.resource) for n in copy] == [
        ("s3:PutObject", f"{LAKE}/b"),
        ("s3:GetObject", "arn:aws:s3:::raw/in/a b"),
    ]


def test_a_list_has_the_prefix_that_was_asked_for_or_none():
    (with_prefix,) = needs("s3", "GET", "/lake", "list-type=2&prefix=in%2F")
    (without,) = needs("s3", "GET", "/lake", "list-type=2")

    assert with_prefix.context == {"s3:prefix": "in/"}
    assert without.context == {}


CATALOG = arn("glue", "catalog")


@pytest.mark.parametrize(
    ("service", "operation", "given", "expected"),
    [
        ("glue", "GetTable", {"DatabaseName": "d", "Name": "t"},
         [CATALOG, arn("glue", "database/d"), arn("glue", "table/d/t")]),
        ("glue", "GetPartitions", {"DatabaseName": "d", "TableName": "t"},
         [CATALOG, arn("glue", "database/d"), arn("glue", "table/d/t")]),
        ("glue", "CreateTable", {"DatabaseName": "d", "TableInput": {"Name": "t"}},
         [CATALOG, arn("glue", "database/d"), arn("glue", "table/d/t")]),
        ("glue", "GetTables", {"DatabaseName": "d"},
         [CATALOG, arn("glue", "database/d"), arn("glue", "table/d/*")]),
        ("glue", "GetDatabase", {"Name": "d"}, [CATALOG, arn("glue", "database/d")]),
        ("glue", "CreateDatabase", {"DatabaseInput": {"Name": "d"}},
         [CATALOG, arn("glue", "database/d")]),
        ("glue", "GetDatabases", {}, [CATALOG, arn("glue", "database/*")]),
        ("glue", "StartJobRun", {"JobName": "j"}, [arn("glue", "job/j")]),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": None}, [arn("dynamodb", "table/t")]),
        ("dynamodb", "GetItem", {"TableName": "t"}, [arn("dynamodb", "table/t")]),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"a": {"Keys": []}, "b": {"Keys": []}}},
         [arn("dynamodb", "table/a"), arn("dynamodb", "table/b")]),
        ("kms", "Decrypt", {"KeyId": arn("kms", "key/k")}, [arn("kms", "key/k")]),
        ("kms", "ListKeys", {}, ["*"]),
        ("secretsmanager", "GetSecretValue", {"SecretId": "api"},
         [arn("secretsmanager", "secret:api-abcdef")]),
        ("states", "StartExecution", {"stateMachineArn": arn("states", "stateMachine:m")},
         [arn("states", "stateMachine:m")]),
        ("states", "DescribeExecution", {"executionArn": arn("states", "execution:m:e")},
         [arn("states", "execution:m:e")]),
        ("states", "ListStateMachines", {}, ["*"]),
        ("logs", "PutLogEvents", {"logGroupName": "g", "logStreamName": "s"},
         [arn("logs", "log-group:g:log-stream:s")]),
        ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "g"},
         [arn("logs", "log-group::log-stream:")]),
        ("events", "PutEvents", {"Entries": [{"Source": "a"}, {"EventBusName": "b"}]},
         [arn("events", "event-bus/default"), arn("events", "event-bus/b")]),
        ("sqs", "SendMessageBatch", {"QueueUrl": "http://x/1/q"}, [arn("sqs", "q")]),
        ("monitoring", "PutMetricData", {"Namespace": "n"}, ["*"]),
        ("quicksight", "ListUsers", {}, ["*"]),
    ],
)  # fmt: skip
def test_json_requests(service, operation, given, expected):
    assert [resource for _, resource in of(service, operation, **given)] == expected


def test_every_item_of_a_transaction_is_a_permission():
    items = [{"Put": {"TableName": "t", "Item": {}}}, {"ConditionCheck": {"TableName": "u"}}]

    assert of("dynamodb", "TransactWriteItems", TransactItems=items) == [
        ("PutItem", arn("dynamodb", "table/t")),
        ("ConditionCheckItem", arn("dynamodb", "table/u")),
    ]


def test_starting_a_run_passes_a_role_and_tags():
    role = f"arn:aws:iam::{ACCOUNT}:role/job"
    body = json.dumps({"executionRoleArn": role, "tags": {"run": "k"}}).encode()

    found = needs("emr-serverless", path="/applications/00f1/jobruns", body=body)

    place = arn("emr-serverless", "/applications/00f1")
    assert [(n.action, n.resource) for n in found] == [
        ("emr-serverless:StartJobRun", place),
        ("iam:PassRole", role),
        ("emr-serverless:TagResource", place),
    ]
    assert found[0].context == {
        "aws:resourcetag/team": "health",
        "aws:requesttag/run": "k",
        "aws:tagkeys": ("run",),
    }
    assert found[1].context == {"iam:passedtoservice": "emr-serverless.amazonaws.com"}


def test_a_query_request():
    body = b"Action=Publish&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A1%3At&Message=m"

    (found,) = needs("sns", body=body, content_type="application/x-www-form-urlencoded")

    assert (found.action, found.resource) == ("sns:Publish", "arn:aws:sns:eu-central-1:1:t")


def test_who_signed_is_found_in_headers_and_in_presigned_urls():
    scope = "ASIALAPTOPX/20261121/eu-central-1/s3/aws4_request"
    header = {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host"}
    query = {"QUERY_STRING": f"X-Amz-Credential={scope.replace('/', '%2F')}"}

    for environ in (header, query):
        found = signature(environ)
        assert (found.access_key, found.region, found.service) == (
            "ASIALAPTOPX",
            "eu-central-1",
            "s3",
        )
    assert signature({}) is None


@pytest.mark.parametrize(
    ("action", "resource", "line"),
    [
        ("s3:GetObject", f"{LAKE}/in/a.csv", '[inputs]: NAME = { path = "s3://lake/in/" }'),
        ("s3:PutObject", f"{LAKE}/warehouse/health/beds/data/1.parquet",
         '[outputs]: NAME = { table = "health.beds" }'),
        ("glue:GetTable", arn("glue", "table/shop_dev_health/beds"),
         '[inputs]: NAME = { table = "health.beds" }'),
        ("glue:UpdateTable", arn("glue", "table/shop_dev_health/beds"),
         '[outputs]: NAME = { table = "health.beds" }'),
        ("ses:SendEmail", "*", 'actions = ["ses:SendEmail"], resources = ["*"] }]'),
    ],
)  # fmt: skip
def test_the_line_that_would_have_allowed_it(action, resource, line):
    said = blame.sentence([Denial("shop-dev-sales-job", "00f1", action, resource, "")])

    assert said.startswith(f"AccessDenied: shop-dev-sales-job may not {action} on {resource}. ")
    assert said.endswith(line)


def test_what_spark_tries_in_vain_is_not_blamed():
    noise = [
        Denial("r", "s", "s3:DeleteObject", f"{LAKE}/warehouse/", ""),
        Denial("r", "s", "glue:GetDatabase", arn("glue", "database/default"), ""),
        Denial("r", "s", "logs:CreateLogGroup", "*", ""),
    ]
    real = Denial("r", "s", "s3:GetObject", f"{LAKE}/in/a", "")

    assert blame.sentence(noise) is None
    assert f"s3:GetObject on {LAKE}/in/a." in blame.sentence([real, *noise])
