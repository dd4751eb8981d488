"""What a role or a key refuses ends a run at once, and the words say how to allow it."""

import json

import pytest

pytestmark = pytest.mark.slow
JOB = "priced"
DECLARED = 'prices = { path = "raw/prices/" }'
TOTALS = [{"currency": "EUR", "total": 8.0}, {"currency": "USD", "total": 12.0}]


@pytest.fixture(scope="module")
def prices(checkout):
    """Address of the prices, which lie in the raw bucket."""
    client = checkout.client("s3")
    buckets = [each["Name"] for each in client.list_buckets()["Buckets"]]
    bucket = next(name for name in buckets if name.startswith("sparkrail-dev-lake-raw-"))
    put(checkout, bucket)
    return f"s3://{bucket}/prices/"


def put(checkout, bucket, **encryption):
    """Write the file of prices."""
    body = b"currency,price\nEUR,2\nUSD,3\n"
    client = checkout.client("s3")
    client.put_object(Bucket=bucket, Key="prices/day.csv", Body=body, **encryption)


@pytest.fixture
def manifest(checkout):
    """The job's manifest, which is as it was afterwards."""
    path = checkout.root / "spark_jobs" / JOB / "job.toml"
    before = path.read_text()
    yield path
    path.write_text(before)


def priced(checkout, items, prices, key):
    """Run the job."""
    return checkout.sparkrail(
        *("run", JOB, "--input", f"items={items}", "--parameter", f"prices={prices}"),
        *("--key", key),
    )


@pytest.mark.failure_mode(25)
def test_a_path_that_is_no_input_is_denied_at_once_and_the_line_to_add_is_told(
    checkout, items, prices, manifest, observe
):
    manifest.write_text(manifest.read_text().replace(DECLARED, ""))

    denied = priced(checkout, items, prices, "denied")

    assert denied.code == 1
    (told,) = denied.document["denied"]
    assert told == {
        "role": f"sparkrail-dev-{JOB}-job",
        "action": "s3:GetObject",
        "resource": prices.replace("s3://", "arn:aws:s3:::").rstrip("/"),
        # The line of the whole manifest, with which the last run of the next test succeeds.
        "add": f"[inputs]\n{DECLARED}",
    }
    assert all(words in denied.err for words in told.values())
    row = checkout.run_row(f"{JOB}/denied")
    assert row["attempts"] == len(checkout.job_runs(JOB)) == 1
    observe(
        happened=f"an input was not in job.toml: {row['attempts']} of 3 attempts, then "
        f"{row['state']}",
        user_sees=f"{told['role']} may not {told['action']} on {told['resource']}; "
        f"add to job.toml: {told['add']}",
    )


@pytest.fixture
def partners_key(checkout, prices):
    """Id of the key of another team, with which it encrypted its prices; the job may use it."""
    role = checkout.client("iam").get_role(RoleName=f"sparkrail-dev-{JOB}-job")["Role"]["Arn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": role},
        "Action": "kms:Decrypt",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    key = checkout.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    bucket = prices.split("/")[2]
    put(checkout, bucket, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    yield key
    put(checkout, bucket)


@pytest.mark.failure_mode(26)
def test_a_disabled_key_of_a_file_fails_the_run_at_once_and_no_attempt_follows(
    checkout, items, prices, partners_key, observe
):
    kms, before = checkout.client("kms"), len(checkout.job_runs(JOB))
    kms.disable_key(KeyId=partners_key)

    failed = priced(checkout, items, prices, "locked")

    message = failed.document["error"]["message"]
    assert failed.code == 1
    assert f"{partners_key} is disabled" in message
    row = checkout.run_row(f"{JOB}/locked")
    assert row["attempts"] == len(checkout.job_runs(JOB)) - before == 1
    assert row["cause"] == message

    kms.enable_key(KeyId=partners_key)
    again = priced(checkout, items, prices, "opened")

    assert again.code == 0, again.err
    assert checkout.rows("SELECT * FROM e2e.priced ORDER BY currency") == TOTALS
    observe(
        happened=f"the key of an input was disabled: {row['attempts']} of 3 attempts, then "
        f"{row['state']}; enabled again: {again.document['state']}",
        user_sees=message,
    )


@pytest.mark.failure_mode(26)
def test_with_the_data_key_disabled_nothing_starts_and_nothing_is_left(
    checkout, items, prices, observe
):
    base = checkout.client("cloudformation").describe_stacks(StackName="sparkrail-dev-base")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in base["Stacks"][0]["Outputs"]}
    key = outputs["DataKeyArn"].rpartition("/")[2]
    kms, before = checkout.client("kms"), len(checkout.job_runs(JOB))
    kms.disable_key(KeyId=key)
    try:
        failed = priced(checkout, items, prices, "closed")
    finally:
        kms.enable_key(KeyId=key)

    message = failed.document["error"]["message"]
    started = len(checkout.job_runs(JOB)) - before
    assert failed.code == 1
    assert f"{key} is disabled" in message
    assert failed.document["error"]["next"] == f"./sparkrail run {JOB} --key closed"
    assert started == 0
    assert checkout.lock_of(JOB) is None
    assert checkout.sparkrail("runs", f"{JOB}/closed").code == 2  # the key is free
    observe(
        happened=f"the data key, which encrypts the ledger too, was disabled: {started} Spark runs",
        user_sees=message,
    )
