"""Small streams, made by each test."""

import itertools

import pytest

from sparkjob.job_runner import JobFolder, JobRunner

_numbers = itertools.count(1)
SALES = {
    "owner": "sales",
    "partitions": 1,
    "columns": {
        "order_id": {"type": "string", "required": True},
        "amount": {"type": "double"},
        "quantity": {"type": "long"},
        "ordered_at": {"type": "timestamp"},
    },
}
ORDERS = {
    "name": "sales.orders",
    "write": "append",
    "columns": {
        "order_id": {"type": "string", "required": True},
        "amount": {"type": "double"},
    },
}
MINUTES = {
    "name": "sales.minutes",
    "write": "append",
    "columns": {
        "minute": {"type": "timestamp", "required": True},
        "orders": {"type": "long", "required": True},
        "amount": {"type": "double"},
    },
}


@pytest.fixture
def make_stream(spark, tmp_path):
    """Make a stream of the topic `sales`, whose output `orders` has the contract ORDERS."""

    def make(*, topic=SALES, table=ORDERS, manifest=None, **contract):
        table = {**table, **contract}
        folder = JobFolder(
            path=tmp_path / "sales_stream",
            manifest={
                "inputs": {"sales": {"topic": "sales"}},
                "outputs": {"orders": {"table": table["name"]}},
                **(manifest or {}),
            },
            tables={table["name"]: table},
            topics={"sales": topic},
        )
        prefix = f"stream{next(_numbers)}_"
        return JobRunner(spark, folder=folder, reports=tmp_path / "reports", prefix=prefix)

    return make


def order(number, **fields):
    """The value of a record."""
    return {"order_id": f"o{number}", "amount": 1.0, **fields}


def orders(run):
    """The plainest stream: every good record is a row."""
    events = run.read_stream("sales")
    good = run.accept(events)
    run.write_stream("orders", good.select("order_id", "amount")).start()


def ids(job, table=None):
    found = job.spark.table(table or job.table_name("orders"))
    return sorted(row["order_id"] for row in found.collect())
