"""A plan of runs is worked off: each run once, however often the work is interrupted."""

import json

import pytest
from machine_cloud import LEDGER, dies_at, machine_cloud, without_waits
from pipelines import environment

import sparkrail  # noqa: F401  (chooses Node.js before aws_cdk starts it)
from sparkmodel.asl import findings
from sparkrail.backfill.definition import PAGES, definition
from sparkrail.backfill.rows import PAGE_RUNS
from sparkrail.identity.backfill_role import backfill_statements
from sparkrail.names import Names

pytestmark = pytest.mark.slow

NAMES = Names(environment())
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
DAYS = [f"202611{day:02}T060000Z" for day in range(1, 13)]
RUN = {
    "StartAt": "Ran",
    "States": {
        "Ran": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:updateItem",
            "Parameters": {
                "TableName": LEDGER,
                "Key": {"pk": {"S.$": "$$.StateMachine.Name"}, "sk": {"S.$": "$.key"}},
                "UpdateExpression": "ADD executions :me SET given = :given",
                "ExpressionAttributeValues": {
                    ":me": {"SS.$": "States.Array($$.Execution.Id)"},
                    ":given": {"S.$": "States.JsonToString($)"},
                },
            },
            "ResultPath": None,
            "Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1}],
            "Next": "Works",
        },
        "Works": {"Type": "Wait", "Seconds": 1, "Next": "Ends"},
        "Ends": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.key", "StringMatches": "*05T*", "Next": "Fails"},
                {"Variable": "$.key", "StringMatches": "*07T*", "Next": "Told"},
            ],
            "Default": "Succeeds",
        },
        "Fails": {"Type": "Fail", "Error": "JobFailed", "Cause": "The input has no files."},
        "Told": {
            "Type": "Pass",
            "Result": {"outcome": "Duplicate", "state": "SUCCEEDED"},
            "End": True,
        },
        "Succeeds": {"Type": "Succeed"},
    },
}
"""Stands in for the machine of a job: it notes which executions each key had."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    folder = tmp_path_factory.mktemp("backfill")
    with machine_cloud(folder, environment(), first_port=6140) as made:
        role = made.role("job", [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
        for job in ("orders", "totals"):
            made.machine(NAMES.machine(job), RUN, role)
        made.backfill = Backfills(made)
        yield made


class Backfills:
    def __init__(self, cloud):
        ledger = NAMES.arn("dynamodb", f"table/{LEDGER}")
        statements = backfill_statements(NAMES, ledger_arn=ledger, data_key=KEY, message_key=KEY)
        self.cloud = cloud
        self.role = cloud.role("backfill", statements)
        self.good = without_waits(definition(NAMES))
        self.deploy(self.good)

    def deploy(self, definition):
        self.machine = self.cloud.machine(NAMES.backfill_machine, definition, self.role)

    def plan(self, plan, *runs, concurrency=4):
        """Write a plan as the command does; runs are (level, job, key, needs)."""
        partition = {"pk": {"S": f"backfill#{plan}"}}
        self.cloud.put({**partition, "sk": {"S": "plan"}, "concurrency": {"N": str(concurrency)}})
        for level, job, key, needs in runs:
            texts = {"level": level, "job": job, "key": key, "machine": NAMES.machine_arn(job)}
            row = {name: {"S": value} for name, value in texts.items()} | {"generation": {"N": "1"}}
            wanted = {"needs": {"L": [{"S": each} for each in needs]}} if needs else {}
            sort_key = {"sk": {"S": f"todo#{level}#{job}#{key}"}}
            self.cloud.put({**partition, **sort_key, **row, **wanted})

    def start(self, plan, **more):
        return self.cloud.start(self.machine, {"plan": plan, **more})

    def run(self, plan, **more):
        (ended,) = self.cloud.wait(self.start(plan, **more))
        return ended

    def rows(self, plan, start):
        return self.cloud.rows(f"backfill#{plan}", start)

    def times(self, job):
        rows = self.cloud.rows(NAMES.machine(job)).values()
        return {row["sk"]: len(row["executions"]) for row in rows}

    def most_at_once(self, plan):
        """The most runs of a plan that were under way at the same moment."""
        found = [
            each
            for each in self.cloud.executions(NAMES.machine_arn("orders"))
            if each["name"].startswith(f"{plan}-")
        ]
        moves = [(each["startDate"], 1) for each in found]
        moves += [(each["stopDate"], -1) for each in found]
        level = [sum(step for _, step in sorted(moves)[: n + 1]) for n in range(len(moves))]
        return max(level)


@pytest.mark.failure_mode(39)
def test_an_interrupted_plan_goes_on_beside_live_runs_and_runs_each_key_once(cloud, observe):
    backfill = cloud.backfill
    backfill.plan("p1", *[("00", "orders", key, ()) for key in DAYS])
    first = backfill.start("p1")
    live = cloud.start(NAMES.machine_arn("orders"), {"key": "live", "by": "schedule"})
    cloud.until(lambda: len(backfill.times("orders")) > 5)
    cloud.states.stop_execution(executionArn=first)
    cloud.wait(first)

    ended = backfill.run("p1", concurrency=4)

    done = backfill.rows("p1", "done#")
    states = {row["key"]: row["state"] for row in done.values() if row["state"] != "SUCCEEDED"}
    assert states == {DAYS[4]: "FAILED", DAYS[6]: "Duplicate"}
    assert [each["status"] for each in cloud.wait(live)] == ["SUCCEEDED"]
    times = backfill.times("orders")
    assert times == dict.fromkeys([*DAYS, "live"], 1)
    assert backfill.most_at_once("p1") <= 4
    assert backfill.rows("p1", "todo#") == {}
    assert done[f"done#00#orders#{DAYS[4]}"]["cause"] == "The input has no files."
    plan = backfill.rows("p1", "plan")["plan"]
    assert (plan["state"], plan["failed"]) == ("FAILED", "1")
    assert (ended["error"], ended["cause"][:13]) == ("BackfillFailed", "1 runs of bac")
    observe(
        happened=f"{len(done)} keys, interrupted once, {backfill.most_at_once('p1')} at a time, "
        f"beside a live run: each of {len(times)} keys ran {max(times.values())} time",
        user_sees=ended["cause"],
    )


def test_runs_wait_for_the_level_before_and_need_what_they_read(cloud):
    backfill, days = cloud.backfill, DAYS[3:6]
    upstream = [("00", "orders", f"b{key}", ()) for key in days]
    needs = {key: [f"done#00#orders#b{key}"] for key in days}
    downstream = [("01", "totals", f"b{key}", needs[key]) for key in days]
    backfill.plan("p2", *upstream, *downstream)

    backfill.run("p2")

    done = backfill.rows("p2", "done#01")
    assert {row["key"]: row["state"] for row in done.values()} == {
        f"b{days[0]}": "SUCCEEDED",
        f"b{days[1]}": "Upstream failed",
        f"b{days[2]}": "SUCCEEDED",
    }
    assert f"b{days[1]}" not in backfill.times("totals")
    first = cloud.rows("backfill#p2", "done#00").values()
    ran = [
        each["startDate"]
        for each in cloud.executions(NAMES.machine_arn("totals"))
        if each["name"].startswith("p2-")
    ]
    assert f"{min(ran):%H:%M:%S}" >= max(row["ended"] for row in first)[11:19]


def test_a_run_that_was_started_but_not_written_down_is_not_started_again(cloud):
    backfill, key = cloud.backfill, "c20261101T060000Z"
    backfill.plan("p3", ("00", "orders", key, ()))
    backfill.deploy(dying_runs(backfill.good))
    broken = backfill.run("p3")
    backfill.deploy(backfill.good)

    ended = backfill.run("p3")

    assert (broken["status"], ended["status"]) == ("FAILED", "SUCCEEDED")
    assert backfill.times("orders")[key] == 1
    assert backfill.rows("p3", "plan")["plan"]["state"] == "SUCCEEDED"


def test_a_long_plan_is_handed_from_execution_to_execution(cloud):
    backfill, keys = cloud.backfill, [f"d{number}" for number in range(5)]
    backfill.plan("p4", *[("00", "orders", key, ()) for key in keys], concurrency=2)
    text = json.dumps(backfill.good)
    text = text.replace(f'"Limit": {PAGE_RUNS}', '"Limit": 2')
    text = text.replace(f'"NumericGreaterThanEquals": {PAGES}', '"NumericGreaterThanEquals": 1')
    backfill.deploy(json.loads(text))
    before = len(cloud.executions(backfill.machine))

    backfill.start("p4")
    cloud.until(lambda: backfill.rows("p4", "plan")["plan"].get("state") == "SUCCEEDED")
    backfill.deploy(backfill.good)

    assert len(cloud.executions(backfill.machine)) - before == 4
    assert {key: backfill.times("orders")[key] for key in keys} == dict.fromkeys(keys, 1)


def test_a_plan_is_worked_on_by_one_execution_at_a_time(cloud):
    backfill = cloud.backfill
    backfill.plan("p5", ("00", "orders", "e1", ()))
    first = backfill.start("p5")
    cloud.until(lambda: "execution" in backfill.rows("p5", "plan")["plan"])

    second = backfill.run("p5")

    assert (second["error"], first in second["cause"]) == ("Busy", True)
    (ended,) = cloud.wait(first)
    assert ended["status"] == "SUCCEEDED"


def test_runs_get_key_generation_and_who_asked_for_them(cloud):
    cloud.backfill.plan("p6", ("00", "orders", "f1", ()))

    cloud.backfill.run("p6")

    given = json.loads(cloud.rows(NAMES.machine("orders"))["f1"]["given"])
    assert given == {"key": "f1", "generation": 1, "by": "backfill"}


def test_the_machine_keeps_every_rule_of_machines():
    assert list(findings(json.loads(definition(NAMES)))) == []


def dying_runs(machine):
    """The same machine, whose items die after the run, before it is written down."""
    runs = machine["States"]["Runs"]
    processor = dies_at(runs["ItemProcessor"], "Start", after=True)
    return {
        **machine,
        "States": {**machine["States"], "Runs": {**runs, "ItemProcessor": processor}},
    }
