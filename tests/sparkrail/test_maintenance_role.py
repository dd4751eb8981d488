"""A maintenance job may rewrite and delete the files of its own tables, and nothing else."""

import pytest
from test_job_role import CODE, may, platform  # noqa: F401  (a fixture)

from sparkmodel import Job
from sparkmodel.generated import generated_folder
from sparkrail.identity.job_role import job_statements
from sparkrail.packaging_assets.arguments import job_arguments
from sparkrail.workflow.definition import BatchRun, definition

GLUE = "arn:aws:glue:eu-west-1:111111111111:table/acme_dev_shop"


@pytest.fixture
def job():
    return Job(
        name="maintenance_sales",
        folder=generated_folder("maintenance"),
        team="sales",
        maintains=("shop.orders",),
    )


@pytest.fixture
def statements(job, platform):  # noqa: F811
    return job_statements(job, platform, code=CODE)


@pytest.mark.parametrize("table", ["orders", "orders_quarantine"])
def test_it_keeps_its_tables_and_their_refused_rows(statements, table):
    files = f"arn:aws:s3:::lake-1/warehouse/shop/{table}/data/x.parquet"

    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert may(statements, action, files)
    assert may(statements, "glue:UpdateTable", f"{GLUE}/{table}")
    assert not may(statements, "glue:CreateTable", f"{GLUE}/{table}")
    assert not may(statements, "glue:DeleteTable", f"{GLUE}/{table}")


def test_it_reaches_no_other_table(statements):
    assert not may(statements, "s3:GetObject", "arn:aws:s3:::lake-1/warehouse/shop/other/x")
    assert not may(statements, "s3:GetObject", "arn:aws:s3:::raw-1/feed/x")
    assert not may(statements, "glue:UpdateTable", f"{GLUE}/other")


def test_it_is_told_where_its_tables_are(job, platform):  # noqa: F811
    arguments = job_arguments(job, names=platform.names)
    output = arguments[arguments.index("--output") + 1]

    assert output == f"shop.orders={platform.names.table('shop.orders')}"
    assert "--quarantine" not in arguments


def test_it_tells_nobody_that_a_table_was_written(job, platform):  # noqa: F811
    what = BatchRun(entry_point="main.py", spark_submit="", arguments=[])

    text = definition(job, what, names=platform.names)

    assert "table#" not in text
    assert "Table Written" not in text
