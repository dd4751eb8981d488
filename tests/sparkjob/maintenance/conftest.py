"""Small tables, made by each test."""

import itertools

import pytest

from sparkjob.contracts import parse_contract
from sparkjob.maintenance.table import KeptTable

_numbers = itertools.count(1)
MARKS = {"sparkrail.job": "maintenance_health", "sparkrail.run-key": "test"}


class Tables:
    """Makes tables, opens them, and counts what they consist of."""

    def __init__(self, spark):
        self.spark = spark

    def make(self, *, partitioned="day", **properties):
        name = f"lake.kept{next(_numbers)}.events"
        listed = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
        self.spark.sql(
            f"CREATE TABLE {name} (id BIGINT, day DATE, name STRING) USING iceberg "
            + (f"PARTITIONED BY ({partitioned}) " if partitioned else "")
            + (f"TBLPROPERTIES ({listed})" if listed else "")
        )
        return name

    def append(self, name, *rows):
        values = ", ".join(f"({id_}, DATE '{day}', '{text}')" for id_, day, text in rows)
        self.spark.sql(f"INSERT INTO {name} VALUES {values}")

    def open(self, name):
        return KeptTable.open(self.spark, name, MARKS)

    def rows(self, name):
        self.spark.sql(f"REFRESH TABLE {name}")
        return sorted(tuple(row) for row in self.spark.table(name).collect())

    def snapshots(self, name):
        self.spark.sql(f"REFRESH TABLE {name}")
        found = self.spark.table(f"{name}.snapshots").orderBy("committed_at")
        return [row["snapshot_id"] for row in found.collect()]

    def files(self, name, kind="data_files"):
        self.spark.sql(f"REFRESH TABLE {name}")
        return self.spark.table(f"{name}.{kind}").count()


@pytest.fixture
def tables(spark):
    """Small tables with the columns id, day and name."""
    return Tables(spark)


@pytest.fixture
def contract():
    """Make a contract of such a table; what is given is its part on maintenance."""

    def make(*, retention=None, sensitive=False, sort=(), **maintenance):
        name = {"type": "string", **({"sensitivity": "personal"} if sensitive else {})}
        return parse_contract(
            {
                "name": "health.events",
                "write": "merge",
                "key": ["id"],
                "sort": list(sort),
                "columns": {"id": {"type": "long"}, "day": {"type": "date"}, "name": name},
                "maintenance": {"target_file_mb": 8, **maintenance},
                **({"retention": retention} if retention else {}),
            }
        )

    return make
