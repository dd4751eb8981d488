"""A job may do what follows from its inputs and outputs, and nothing else."""

import fnmatch

import pytest
from pipelines import environment, table

from sparkrail.identity.job_role import job_statements
from sparkrail.platform import Buckets, Keys, Platform

CODE = ["arn:aws:s3:::assets/acme/dev/sales/*"]


@pytest.fixture
def platform():
    return Platform(
        environment=environment(),
        tables={"shop.orders": table("shop.orders")},
        keys=Keys(data="arn:data", logs="arn:logs", messages="arn:messages"),
        buckets=Buckets(raw="raw-1", lake="lake-1", checkpoints="checkpoints-1", logs="logs-1"),
        ledger="ledger-1",
    )


def may(statements, action, resource):
    return any(
        action in statement["Action"]
        and any(fnmatch.fnmatchcase(resource, each) for each in statement["Resource"])
        for statement in statements
    )


def test_inputs_are_read_and_never_written(make_job, platform):
    job = make_job(inputs={"feed": {"path": "raw/feed/"}})
    statements = job_statements(job, platform, code=CODE)

    assert may(statements, "s3:GetObject", "arn:aws:s3:::raw-1/feed/2026/a.csv")
    assert not may(statements, "s3:PutObject", "arn:aws:s3:::raw-1/feed/2026/a.csv")
    assert not may(statements, "s3:GetObject", "arn:aws:s3:::raw-1/other/a.csv")
    assert not may(statements, "s3:GetObject", "arn:aws:s3:::raw-1/feed2/a.csv")


def test_outputs_and_their_quarantine_are_written(make_job, platform):
    statements = job_statements(make_job(), platform, code=CODE)

    for name in ("orders", "orders_quarantine"):
        files = f"arn:aws:s3:::lake-1/warehouse/shop/{name}/data/x.parquet"
        catalog = f"arn:aws:glue:eu-west-1:111111111111:table/acme_dev_shop/{name}"
        assert may(statements, "s3:PutObject", files)
        assert may(statements, "glue:UpdateTable", catalog)
        assert not may(statements, "glue:DeleteTable", catalog)


def test_a_table_with_a_longer_name_is_somebody_elses(make_job, platform):
    statements = job_statements(make_job(), platform, code=CODE)

    assert not may(
        statements, "s3:PutObject", "arn:aws:s3:::lake-1/warehouse/shop/orders2/data/x.parquet"
    )


def test_input_tables_are_read_and_never_written(make_job, platform):
    job = make_job(inputs={"prices": {"table": "shop.prices"}})
    statements = job_statements(job, platform, code=CODE)
    catalog = "arn:aws:glue:eu-west-1:111111111111:table/acme_dev_shop/prices"

    assert may(statements, "glue:GetTable", catalog)
    assert not may(statements, "glue:UpdateTable", catalog)
    assert may(statements, "s3:GetObject", "arn:aws:s3:::lake-1/warehouse/shop/prices/x")
    assert not may(statements, "s3:DeleteObject", "arn:aws:s3:::lake-1/warehouse/shop/prices/x")


def test_a_foreign_bucket_is_read_below_its_prefix_only(make_job, platform):
    job = make_job(inputs={"theirs": {"path": "s3://partner/drop/"}})
    statements = job_statements(job, platform, code=CODE)

    assert may(statements, "s3:GetObject", "arn:aws:s3:::partner/drop/a.csv")
    assert not may(statements, "s3:GetObject", "arn:aws:s3:::partner/private/a.csv")
    (listing,) = [each for each in statements if each["Resource"] == ["arn:aws:s3:::partner"]]
    assert listing["Condition"] == {"StringLikeIfExists": {"s3:prefix": ["drop", "drop/*"]}}


def test_reports_of_other_jobs_cannot_be_written(make_job, platform):
    statements = job_statements(make_job(), platform, code=CODE)

    assert may(statements, "s3:PutObject", "arn:aws:s3:::logs-1/reports/orders/k-1-1.json")
    assert not may(statements, "s3:PutObject", "arn:aws:s3:::logs-1/reports/other/k-1-1.json")


def test_secrets_and_further_permissions_come_from_the_manifest(make_job, platform):
    job = make_job(
        secrets={"api": "shop/api"},
        iam=(
            {
                "reason": "mails the daily report",
                "actions": ["ses:SendEmail"],
                "resources": ["arn:aws:ses:eu-west-1:111111111111:identity/acme.example"],
            },
        ),
    )
    statements = job_statements(job, platform, code=CODE)
    secret = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop/api-AbCdEf"

    assert may(statements, "secretsmanager:GetSecretValue", secret)
    assert not may(statements, "secretsmanager:GetSecretValue", secret.replace("api-", "db-"))
    assert may(
        statements, "ses:SendEmail", "arn:aws:ses:eu-west-1:111111111111:identity/acme.example"
    )
