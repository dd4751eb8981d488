"""A denied call names the line of job.toml that would allow it."""

import tomllib

import pytest

from sparkmodel import Job
from sparkmodel.documents import lay_over
from sparkmodel.permissions import Places, lines_to_add

PLACES = Places("demo-raw-1x", "demo-lake-2y", "demo_dev_")
GLUE = "arn:aws:glue:us-east-1:111122223333"
SECRETS = "arn:aws:secretsmanager:us-east-1:111122223333:secret"

KAFKA = "arn:aws:kafka:us-east-1:111122223333"

LINES = {
    "a file of the raw bucket": (
        ("s3:GetObject", "arn:aws:s3:::demo-raw-1x/other/2026/11/a.csv"),
        '[inputs]\nother = { path = "raw/other/" }',
    ),
    "a folder that is asked for itself": (
        ("s3:GetObject", "arn:aws:s3:::demo-raw-1x/other"),
        '[inputs]\nother = { path = "raw/other/" }',
    ),
    "a file without a folder": (
        ("s3:GetObject", "arn:aws:s3:::demo-raw-1x/rates.csv"),
        '[inputs]\nrates = { path = "raw/rates.csv" }',
    ),
    "a name that is taken": (
        ("s3:GetObject", "arn:aws:s3:::demo-raw-1x/hhs/a.csv"),
        '[inputs]\nhhs_2 = { path = "raw/hhs/" }',
    ),
    "a name that Python would not take": (
        ("s3:GetObject", "arn:aws:s3:::demo-raw-1x/2026-Q4=x/a.csv"),
        '[inputs]\nq4_x = { path = "raw/2026-Q4=x/" }',
    ),
    "a foreign bucket": (
        ("s3:ListBucket", "arn:aws:s3:::theirs"),
        '[inputs]\nfolder = { path = "s3://theirs/<folder>/" }',
    ),
    "files of a table that is read": (
        ("s3:GetObject", "arn:aws:s3:::demo-lake-2y/warehouse/health/beds/metadata/1.json"),
        '[inputs]\nbeds = { table = "health.beds" }',
    ),
    "files of a table that is written": (
        ("s3:PutObject", "arn:aws:s3:::demo-lake-2y/warehouse/health/beds/data/1.parquet"),
        '[outputs]\nbeds = { table = "health.beds" }',
    ),
    "a table that is read": (
        ("glue:GetTable", f"{GLUE}:table/demo_dev_health/beds"),
        '[inputs]\nbeds = { table = "health.beds" }',
    ),
    "a table that is written": (
        ("glue:UpdateTable", f"{GLUE}:table/demo_dev_health/beds"),
        '[outputs]\nbeds = { table = "health.beds" }',
    ),
    "a database": (
        ("glue:GetDatabase", f"{GLUE}:database/demo_dev_health"),
        '[inputs]\ntable = { table = "health.<table>" }',
    ),
    "a secret": (
        ("secretsmanager:GetSecretValue", f"{SECRETS}:prod/api-key-a1B2c3"),
        '[secrets]\napi_key = "prod/api-key"',
    ),
}


@pytest.fixture
def job(tmp_path):
    return Job(folder=tmp_path / "sales", team="shop", inputs={"hhs": {"path": "raw/hhs2/"}})


@pytest.mark.parametrize("what", LINES)
def test_the_line_belongs_where_permissions_follow_from(job, what):
    call, lines = LINES[what]

    assert lines_to_add(*call, job=job, places=PLACES) == lines


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ses:SendEmail", "arn:aws:ses:us-east-1:111122223333:identity/x.org"),
        ("s3:PutObject", "arn:aws:s3:::demo-raw-1x/other/a.csv"),
        ("s3:GetObject", "arn:aws:s3:::demo-lake-2y/elsewhere/x"),
        ("glue:GetTable", f"{GLUE}:table/another_dev_health/beds"),
        ("glue:GetDatabase", f"{GLUE}:catalog"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1"),
        ("dynamodb:PutItem", "*"),
    ],
)
def test_what_follows_from_nothing_is_a_statement_with_a_reason(job, action, resource):
    [statement] = tomllib.loads(lines_to_add(action, resource, job=job, places=PLACES))["iam"]

    assert (statement["actions"], statement["resources"]) == ([action], [resource])
    assert action in statement["reason"]
    assert Job(folder=job.folder, team="shop", iam=[statement]).iam[0].actions == (action,)


@pytest.mark.parametrize("what", [each for each in LINES if "<" not in LINES[each][1]])
def test_a_manifest_with_the_line_is_read(job, what):
    call, _ = LINES[what]
    manifest = {"team": "shop", "inputs": {"hhs": {"path": "raw/hhs2/"}}}
    added = tomllib.loads(lines_to_add(*call, job=job, places=PLACES))

    assert Job(folder=job.folder, **lay_over(manifest, added)).inputs["hhs"]


STREAM_LINES = {
    "records": ("ReadData", "topic/demo-dev/1a-2b/orders.v1", '{ topic = "orders.v1" }'),
    "looks": ("DescribeTopic", "topic/demo-dev/1a-2b/sales", '{ topic = "sales" }'),
    "the brokers": ("Connect", "cluster/demo-dev/1a-2b", '{ topic = "sales" }'),
}


@pytest.mark.parametrize("what", STREAM_LINES)
def test_a_stream_may_read_the_topic_that_is_its_input(tmp_path, what):
    action, resource, line = STREAM_LINES[what]
    given = {"team": "shop", "kind": "streaming", "inputs": {"events": {"topic": "sales"}}}
    given["outputs"] = {"orders": {"table": "shop.orders"}}
    stream = Job(folder=tmp_path / "sales_stream", **given)

    lines = lines_to_add(
        f"kafka-cluster:{action}", f"{KAFKA}:{resource}", job=stream, places=PLACES
    )

    assert lines == f"[inputs]\nevents = {line}"
    assert Job(folder=stream.folder, **lay_over(given, tomllib.loads(lines))).topic


def test_a_topics_job_may_make_what_its_team_owns(tmp_path):
    job = Job(folder=tmp_path / "topics", name="topics_shop", team="shop", manages=("sales",))

    for action in ("CreateTopic", "DescribeTopic", "AlterTopicDynamicConfiguration"):
        resource = f"{KAFKA}:topic/demo-dev/1a-2b/orders"
        lines = lines_to_add(f"kafka-cluster:{action}", resource, job=job, places=PLACES)
        assert lines == '# topics/orders.toml\nowner = "shop"'


def test_what_no_input_gives_of_kafka_is_a_statement(job):
    resource = f"{KAFKA}:topic/demo-dev/1a-2b/orders"

    for action in ("kafka-cluster:WriteData", "kafka-cluster:ReadData"):
        lines = lines_to_add(action, resource, job=job, places=PLACES)
        assert tomllib.loads(lines)["iam"][0]["resources"] == [resource]
