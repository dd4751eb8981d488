"""Every machine as it is written, one file per feature, reviewed like code.

`make snapshots` writes them anew. They need no CDK, so that mutation tests are quick.
"""

import json
import os
from pathlib import Path

import pytest
from pipelines import environment

from sparkrail.arrivals import definition as arrivals
from sparkrail.backfill import definition as backfill
from sparkrail.control import keeper
from sparkrail.names import Names
from sparkrail.streaming import reconciler
from sparkrail.streaming.desired import StreamRun
from sparkrail.workflow import definition as batch
from sparkrail.workflow import ledger
from sparkrail.workflow.machine import machine

HERE = Path(__file__).parent / "definitions"
WRITE = "WRITE_DEFINITIONS"
CRON = {"cron": "0 6 * * ? *"}
TABLES = {"tables": ["shop.left", "shop.right"]}
READS = {"left": {"table": "shop.left"}, "right": {"table": "shop.right"}}
WHAT = batch.BatchRun(
    entry_point="${EntryPoint}", spark_submit="--conf a=b", arguments=["'--job'", "'orders'"]
)
JOBS = {
    "by-hand": {},
    "cron-skip": {"trigger": {**CRON, "overlap": "skip"}, "run": {"attempts": 1}},
    "cron-queue": {"trigger": {**CRON, "overlap": "queue"}},
    "cron-cancel": {"trigger": {**CRON, "overlap": "cancel"}},
    "cron-interval": {"trigger": CRON, "interval": {"every": "day"}},
    "tables-queue": {"trigger": TABLES, "inputs": READS, "interval": {"every": "day"}},
    "tables-skip": {"trigger": {**TABLES, "overlap": "skip"}, "inputs": READS},
    "event": {"trigger": {"event": {"source": ["acme.orders"]}}},
    "no-outputs": {"outputs": {}, "description": "Writes nothing."},
    "many-outputs": {
        "outputs": {f"rows{n}": {"table": f"shop.t{n}"} for n in range(12)},
        "run": {"timeout_minutes": 90, "attempts": 5},
    },
}


@pytest.fixture
def names():
    return Names(environment())


def compare(name, text):
    """Hold a definition against its file, or write the file."""
    file, shown = HERE / f"{name}.json", f"{json.dumps(json.loads(text), indent=1)}\n"
    if os.environ.get(WRITE):
        HERE.mkdir(exist_ok=True)
        file.write_text(shown)
    assert file.read_text() == shown, f"{file.name} differs: `make snapshots`, then read the diff"


@pytest.mark.parametrize("name", JOBS)
def test_machine_of_a_job(name, make_job, names):
    compare(name, batch.definition(make_job(**JOBS[name]), WHAT, names=names))


def test_machine_of_files(make_job, names):
    trigger = {"files": "drops", "settle_minutes": 7}
    job = make_job(trigger=trigger, inputs={"drops": {"path": "raw/drops/"}})
    compare("files", batch.definition(job, WHAT, names=names))
    compare("files-arrivals", arrivals.definition(job, names=names))


def test_keeper(names):
    compare("keeper", keeper.definition(names=names))


def test_backfill(names):
    compare("backfill", backfill.definition(names))


def test_reconciler(make_job, names):
    what = StreamRun(entry_point="${EntryPoint}", spark_submit="--conf a=b", arguments=["--job"])
    job = make_job(kind="streaming", inputs={"sales": {"topic": "sales"}})
    compare("reconciler", reconciler.definition(job, what, names=names))


def test_ledger_and_a_machine_around_a_definition():
    """The resources that carry them, which template snapshots show only after a synth."""
    made = {
        "Ledger": ledger._table("${KeyArn}"),
        "Machine": machine(
            "acme-dev-orders",
            "{}",
            substitutions={"A": "b"},
            role="MachineRole",
            logs_arn="${LogsArn}",
            key_arn="${KeyArn}",
            DependsOn=["Role"],
        ),
    }
    compare("resources", json.dumps(made))


def test_no_file_is_left_over():
    known = {*JOBS, "files", "files-arrivals", "keeper", "backfill", "reconciler", "resources"}
    assert {file.stem for file in HERE.glob("*.json")} == known
