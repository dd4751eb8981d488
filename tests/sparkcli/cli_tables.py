"""Tables as runs write them, made with PyIceberg in the cloud of these tests."""

import datetime
import itertools
import json
import time

import pyarrow as pa
import pytest
from cli_cloud import PREFIX
from pyiceberg.catalog import load_catalog
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.table.update import AddSnapshotUpdate, SetSnapshotRefUpdate

DATABASE = "shop_dev_shop"
FIRST_ID = 5_000_000_000_000_000_001
SCHEMA = pa.schema([pa.field("day", pa.date32(), nullable=False), pa.field("amount", pa.float64())])


def days(*numbers, amount=1.0):
    """Rows of shop.daily: one for each day of November 2026."""
    rows = [{"day": datetime.date(2026, 11, n), "amount": amount} for n in numbers]
    return pa.Table.from_pylist(rows, SCHEMA)


class Shop:
    """The table shop.daily and what writes it.

    Args:
        catalog: Where it is.
        files: Whether snapshots have files; without them they cannot be read, and cost little.
    """

    def __init__(self, catalog, *, files):
        self.catalog, self.files = catalog, files
        self._ids = itertools.count(FIRST_ID)
        self.table = catalog.create_table(f"{DATABASE}.daily", SCHEMA)

    @property
    def head(self):
        return self.fresh.current_snapshot().snapshot_id

    @property
    def fresh(self):
        return self.catalog.load_table(f"{DATABASE}.daily")

    @property
    def rows(self):
        if self.files:
            return self.fresh.scan().to_arrow().num_rows
        return int(self.fresh.current_snapshot().summary["total-records"])

    def append(self, key, rows, *, job="sales", generation=1, interval=None, branch="main"):
        """One snapshot of a run; its id."""
        return self._write(rows, marks(job, key, generation, interval), branch)

    def cherry_picked(self, key, rows, *, job="sales", generation=1):
        """A snapshot as Iceberg cherry-picks it: the marks of the run are gone."""
        return self._write(rows, {"published-wap-id": f"{job}.{key}.{generation}"}, "main")

    def twice(self, key, rows):
        """A run that makes two snapshots, as a deletion and what comes in its place."""
        self.append(key, rows.slice(0, 0))
        return self.append(key, rows)

    def stage(self, name, key, rows, *, generation=1):
        """A branch that a failed audit left."""
        self.fresh.manage_snapshots().create_branch(self.head, name).commit()
        staged = self.append(key, rows, generation=generation, branch=name)
        week = 7 * 86_400_000  # PyIceberg forgets it when it writes to a branch
        self.fresh.manage_snapshots().create_branch(staged, name, max_ref_age_ms=week).commit()
        return staged

    def set(self, properties):
        """Set table properties."""
        with self.fresh.transaction() as change:
            change.set_properties(properties)

    def _write(self, rows, said, branch):
        table = self.fresh
        if self.files:
            table.append(rows, snapshot_properties=said, branch=branch)
            return self.fresh.refs()[branch].snapshot_id
        refs = table.refs()
        parent = refs[branch].snapshot_id if branch in refs else None
        snapshot = _snapshot(table, parent, rows, said, next(self._ids))
        head = SetSnapshotRefUpdate(
            ref_name=branch, type="branch", snapshot_id=snapshot.snapshot_id,
            max_ref_age_ms=None, max_snapshot_age_ms=None, min_snapshots_to_keep=None,
        )  # fmt: skip
        self.catalog.commit_table(table, (), (AddSnapshotUpdate(snapshot=snapshot), head))
        return snapshot.snapshot_id


def marks(job, key, generation, interval):
    """What a run says in its snapshots."""
    stamp = {"job": job, "run-key": key, "generation": str(generation), "interval": interval}
    said = {f"sparkrail.{name}": value for name, value in stamp.items() if value}
    return {**said, "wap.id": f"{job}.{key}.{generation}"}


def _snapshot(table, parent_id, rows, said, snapshot_id):
    parent = table.snapshot_by_id(parent_id) if parent_id else None
    before = int(parent.summary["total-records"]) if parent else 0
    return Snapshot(
        snapshot_id=snapshot_id,
        parent_snapshot_id=parent.snapshot_id if parent else None,
        sequence_number=table.metadata.next_sequence_number(),
        timestamp_ms=max(int(time.time() * 1000), parent.timestamp_ms + 1 if parent else 0),
        manifest_list="s3://nowhere/list.avro",
        summary=Summary(
            Operation.APPEND,
            **{
                "added-records": str(rows.num_rows),
                "total-records": str(before + rows.num_rows),
                "total-data-files": "1",
                "total-files-size": "1024",
                **said,
            },
        ),
        schema_id=0,
    )


@pytest.fixture(scope="session")
def glue(endpoint):
    """PyIceberg's client of the Glue catalog."""
    own = {"access-key-id": "laptop", "secret-access-key": "laptop", "endpoint": endpoint}
    own["region"] = "eu-west-1"
    properties = {f"{service}.{k}": v for service in ("glue", "s3") for k, v in own.items()}
    return load_catalog(
        "lake", type="glue", **{**properties, "s3.force-virtual-addressing": "False"}
    )


@pytest.fixture
def catalog(cloud, glue):
    """The Glue catalog, with the database of the small project."""
    glue.create_namespace(DATABASE, {"location": f"s3://{PREFIX}-lake/warehouse/shop"})
    return glue


@pytest.fixture
def shop(catalog, bus):
    """shop.daily, which nobody has written yet; what is written has no files."""
    return Shop(catalog, files=False)


@pytest.fixture
def full_shop(catalog):
    """shop.daily, which nobody has written yet."""
    return Shop(catalog, files=True)


@pytest.fixture
def bus(cloud):
    """The environment's event bus; called, it gives what came."""
    events, queues = cloud("events"), cloud("sqs")
    events.create_event_bus(Name=f"{PREFIX}-events")
    queue = queues.create_queue(QueueName="seen")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    events.put_rule(
        Name="all",
        EventBusName=f"{PREFIX}-events",
        EventPattern=json.dumps({"source": [PREFIX]}),
    )
    events.put_targets(
        Rule="all",
        EventBusName=f"{PREFIX}-events",
        Targets=[{"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}],
    )

    def came():
        got = queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(each["Body"]) for each in got.get("Messages", [])]

    return came
