"""Clients of S3 and of every protocol read the layer's errors as AWS's own."""

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from faulty_job import DEV, clients

BODIES = {f"f/{number}": bytes([number]) * 1000 for number in range(40)}
CODES = {
    "emr-serverless": ("list_applications", {}, 429),
    "dynamodb": ("list_tables", {}, 400),
    "sns": ("list_topics", {}, 400),
    "stepfunctions": ("list_state_machines", {}, 400),
}


@pytest.fixture
def bucket(laptop):
    client = clients(laptop)("s3")
    client.create_bucket(Bucket="bbb")
    yield "bbb"
    for key in [one["Key"] for one in client.list_objects_v2(Bucket="bbb").get("Contents", [])]:
        client.delete_object(Bucket="bbb", Key=key)
    client.delete_bucket(Bucket="bbb")


@pytest.mark.failure_mode(27)
def test_a_fifth_of_all_transfers_refused_leaves_the_exact_files(laptop, bucket, faults, observe):
    faults.inject("s3-slow-down")
    s3 = clients(laptop, tries=10)("s3")

    for key, body in BODIES.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    found = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in BODIES}

    (rule,) = faults.rules()
    assert found == BODIES
    assert 0.1 < rule["hits"] / rule["seen"] < 0.3
    observe(
        happened=f"S3 answered 503 to {rule['hits']} of {rule['seen']} transfers: "
        f"{len(BODIES)} of {len(BODIES)} files exact",
        user_sees="nothing: the SDK tries again",
    )


def test_a_body_cut_short_is_not_taken_for_whole(laptop, bucket, faults):
    s3 = clients(laptop)("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 10_000)
    rule = {"match": {"action": "s3:GetObject"}, "effect": {"kind": "truncate"}, "times": 1}
    faults.add(rule)

    with pytest.raises(Exception, match=r"(?i)incomplete|connection broken|expected"):
        s3.get_object(Bucket=bucket, Key="k")["Body"].read()

    assert len(s3.get_object(Bucket=bucket, Key="k")["Body"].read()) == 10_000


@pytest.mark.parametrize("service", CODES)
def test_a_throttled_service_says_so_in_its_own_way(laptop, faults, service):
    operation, arguments, status = CODES[service]
    effect = {"kind": "throttle", "burst": 1, "per_second": 0}
    faults.add({"match": {"action": "*:List*"}, "effect": effect})
    call = getattr(clients(laptop)(service), operation)

    call(**arguments)
    with pytest.raises(ClientError) as refused:
        call(**arguments)

    said = refused.value.response
    assert said["Error"]["Code"].startswith("Throttling")
    assert said["Error"]["Message"] == "Rate exceeded"
    assert said["ResponseMetadata"]["HTTPStatusCode"] == status
    assert said["ResponseMetadata"]["RequestId"]


def test_a_dropped_reply_means_that_it_was_done(laptop, bucket, faults):
    s3 = clients(laptop)("s3")
    faults.add({"match": {"action": "s3:PutObject"}, "effect": {"kind": "drop"}, "times": 1})

    with pytest.raises(ConnectionClosedError):
        s3.put_object(Bucket=bucket, Key="k", Body=b"there")

    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"there"


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("s3", ("put_object", {"Bucket": "bbb", "Key": "k", "Body": b""}), "AccessDenied"),
        ("glue", ("get_table", {"DatabaseName": "d", "Name": "t"}), "AccessDeniedException"),
        ("sns", ("list_topics", {}), "AuthorizationError"),
        ("emr-serverless", ("list_applications", {}), "AccessDeniedException"),
    ],
)
def test_a_denied_action_names_itself(laptop, faults, service, call, code):
    operation, arguments = call
    faults.add({"effect": {"kind": "deny"}})

    with pytest.raises(ClientError) as refused:
        getattr(clients(laptop)(service), operation)(**arguments)

    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert "explicit deny" in error["Message"]
    assert operation.split("_", 1)[1].replace("_", "") in error["Message"].lower()


def test_rules_can_be_about_every_second_call_and_one_resource(laptop, bucket, faults):
    s3 = clients(laptop)("s3")
    faults.add(
        {
            "match": {"action": "s3:PutObject", "resource": "arn:aws:s3:::bbb/bad/*"},
            "effect": {"kind": "error", "status": 500, "code": "InternalError"},
            "every": 2,
        }
    )
    failed = []
    for number in range(6):
        for prefix in ("bad", "good"):
            try:
                s3.put_object(Bucket=bucket, Key=f"{prefix}/{number}", Body=b"")
            except ClientError as error:
                failed.append((prefix, number, error.response["Error"]["Code"]))

    assert failed == [("bad", n, "InternalError") for n in (1, 3, 5)]


def test_a_presigned_request_is_seen_too(laptop, bucket, faults):
    import urllib.request

    s3 = boto3.client(
        "s3",
        endpoint_url=laptop.status().endpoint,
        region_name=DEV.region,
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",
    )
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    faults.add({"match": {"action": "s3:GetObject"}, "effect": {"kind": "deny"}})

    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    with pytest.raises(urllib.error.HTTPError) as refused:
        opener.open(url)
    assert refused.value.code == 403
