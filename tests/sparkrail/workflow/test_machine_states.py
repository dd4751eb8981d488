"""What must hold of the machines of jobs, whatever their features, and of the keeper."""

import json
import re

import pytest
from loop_cloud import NAMES, job, states_of

from sparkmodel.asl import findings
from sparkrail.control.keeper import definition as keeper_definition
from sparkrail.identity.keeper_role import keeper_statements
from sparkrail.identity.machine_role import machine_statements
from sparkrail.platform import Buckets, Keys, Platform
from sparkrail.workflow.report import MOST_BYTES

RUN = ["Claim", "Run", "Report", "Record", "Publish", "Close"]
KEEPER = json.loads(keeper_definition(names=NAMES))


_INPUTS = {"inputs": {"a": {"table": "shop.a"}, "b": {"table": "shop.b"}}}
FEATURES = {
    "queue": {"trigger": {"rate": "1 day", "overlap": "queue"}},
    "cancel": {"trigger": {"rate": "1 day", "overlap": "cancel"}},
    "tables": {**_INPUTS, "trigger": {"tables": ["shop.a", "shop.b"]}},
    "interval": {"interval": {"every": "day"}},
    "no_outputs": {"outputs": {}},
    "many_outputs": {"outputs": {f"o{n:02d}": {"table": f"shop.t{n:02d}"} for n in range(11)}},
}


def machines():
    yield from (states_of(job(**changes)) for changes in ({}, *FEATURES.values()))


def test_machines_keep_the_rules_of_machines():
    for states in machines():
        assert findings({"StartAt": "Begin", "States": states}) == []
    assert findings(KEEPER) == []


def holds(rule, data):  # noqa: PLR0911
    """Whether a rule of a Choice holds, as Step Functions decides; a missing path is an error."""
    if "And" in rule:
        return all(holds(each, data) for each in rule["And"])
    if "Or" in rule:
        return any(holds(each, data) for each in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data)
    name = rule["Variable"].removeprefix("$.")
    if "IsPresent" in rule:
        return (name in data) == rule["IsPresent"]
    value = data[name]
    if "IsString" in rule:
        return isinstance(value, str) == rule["IsString"]
    if "IsNumeric" in rule:
        return isinstance(value, int) == rule["IsNumeric"]
    if "StringEquals" in rule:
        return value == rule["StringEquals"]
    pattern = ".*".join(re.escape(part) for part in rule["StringMatches"].split("*"))
    return bool(re.fullmatch(pattern, value))


def first(data):
    """The state that Begin leads to."""
    begin = states_of(job())["Begin"]
    for rule in begin["Choices"]:
        if holds({k: v for k, v in rule.items() if k != "Next"}, data):
            return rule["Next"]
    return begin["Default"]


TIME = {"scheduled_time": "2026-11-21T06:30:00Z"}
WHOLE = {"key": "k", "generation": 1, "overrides": {}}


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (TIME, "Scheduled"),
        ({**TIME, "by": "schedule"}, "Scheduled"),
        ({**TIME, "by": "event", "event_id": "a-b"}, "FromEvent"),
        ({"key": "k", "by": "tables"}, "FromTables"),
        ({"key": "k", "by": "files", "overrides": {}}, "FromFiles"),
        ({"key": "k", "generation": 2, "by": "backfill"}, "Backfill"),
        ({**WHOLE, "by": "backfill"}, "BackfillWith"),
        (WHOLE, "ByHand"),
        ({**WHOLE, "by": "hand"}, "ByHand"),
        ({**WHOLE, "by": "queue"}, "FromQueue"),
        ({**WHOLE, "by": "schedule"}, "Triggered"),
        ({**WHOLE, "by": "event"}, "Triggered"),
        ({**WHOLE, "by": "files"}, "Triggered"),
        ({"key": "k"}, "Defaults"),
        ({"key": "k", "by": "hand"}, "Defaults"),
        ({"key": "k", "by": "queue", "overrides": {}}, "Defaults"),
        ({"key": "k", "generation": 1}, "Defaults"),
        ({}, "Unstartable"),
        ({"key": ""}, "Unstartable"),
        ({"key": "a/b"}, "Unstartable"),
        ({"key": 1}, "Unstartable"),
        ({**WHOLE, "generation": "1", "by": "hand"}, "Unstartable"),
        ({**WHOLE, "by": "nobody"}, "Unstartable"),
        ({"scheduled_time": "tomorrow"}, "Unstartable"),
        ({"scheduled_time": 5}, "Unstartable"),
    ],
)
def test_every_start_is_understood_or_refused(given, state):
    assert first(given) == state


def test_what_is_left_out_is_filled_in_once_and_then_taken():
    for given in ({"key": "k"}, {"key": "k", "by": "backfill"}, {"key": "k", "by": "queue"}):
        assert first({"generation": 1, "overrides": {}, "by": "hand", **given}) not in (
            "Defaults",
            "Unstartable",
        )


ONE_PASS = ["Scheduled", "FromEvent", "FromTables", "FromFiles", "Triggered", "ByHand", "FromQueue"]
ONE_PASS += ["Backfill", "BackfillWith"]


@pytest.mark.parametrize("changes", [{}, *FEATURES.values()])
def test_a_successful_run_passes_at_most_eight_states(changes):
    states = states_of(job(**changes))
    for state in ONE_PASS:
        path, now = ["Begin"], state
        while now:
            path.append(now)
            now = states[now].get("Next")

        published = [name for name in path if name.startswith("Publish")]
        assert path == ["Begin", state, *RUN[:4], *published, "Close"]
        assert len(path) <= 8 or len(published) > 1, "more than ten tables need a second call"


@pytest.mark.parametrize("state", ONE_PASS)
def test_the_lane_follows_from_who_starts(state):
    values = states_of(
        job(trigger=FEATURES["tables"]["trigger"], inputs=FEATURES["tables"]["inputs"])
    )[state]["Parameters"]
    by_hand = state in ("ByHand", "FromQueue", "Backfill", "BackfillWith")

    assert values["attempt"] == 1
    assert values["race"] == {"tries": 0}
    assert values["lane"]["pause"] == ("pause#never" if by_hand else "pause")
    assert values["lane"]["ready"] == (
        "attribute_exists(pk)"
        if state == "FromTables"
        else "attribute_exists(pk) OR attribute_not_exists(pk)"
    )
    if state.startswith("Backfill"):
        assert values["lane"]["lock.$"] == "States.Format('lock#{}', $.key)"
    else:
        assert values["lane"]["lock"] == "lock"


def test_ten_reports_fit_into_one_call_and_one_event():
    assert 10 * (MOST_BYTES + 1_000) < 262_144
    ranges = {
        state["Parameters"]["Range"]
        for state in states_of(job()).values()
        if state.get("Resource", "").endswith("s3:getObject")
    }
    assert ranges == {f"bytes=0-{MOST_BYTES - 1}"}


def test_every_end_without_success_has_an_error_of_its_own():
    states = states_of(job())
    ends = {s["Error"]: s for s in states.values() if s["Type"] == "Fail"}

    assert set(ends) == {
        *("BadInput", "ClaimContended", "JobFailed", "JobTimedOut", "LedgerUnavailable"),
        "TablesUnannounced",
    }
    assert all(
        end.get("CausePath") == "$.cause.message"
        for name, end in ends.items()
        if name != "BadInput"
    )
    told = {s["Parameters"]["error"] for s in states.values() if "error" in s.get("Parameters", {})}
    assert told == set(ends) - {"BadInput"}


PLATFORM = Platform(
    environment=NAMES.environment,
    tables={},
    keys=Keys(data="arn:data", logs="arn:logs", messages="arn:messages"),
    buckets=Buckets(raw="raw", lake="lake", checkpoints="checkpoints", logs="logs"),
    ledger="ledger",
)


def rows_by_action(job_):
    found = {}
    for statement in machine_statements(job_, PLATFORM, application_id="00a"):
        for action in statement["Action"]:
            if action.startswith("dynamodb:"):
                assert action not in found, "IAM sees the rows of a transaction together"
                condition = statement["Condition"]["ForAllValues:StringLike"]
                found[action.removeprefix("dynamodb:")] = condition["dynamodb:LeadingKeys"]
    return found


def test_a_machine_may_touch_its_own_rows_its_inputs_and_its_outputs():
    executions = f"exec#{NAMES.execution_arns('sales')}"
    tables = ["table#shop.a", "table#shop.b"]

    assert rows_by_action(job(**FEATURES["tables"])) == {
        "ConditionCheckItem": ["job#sales", *tables],
        "GetItem": ["job#sales", *tables],
        "PutItem": ["job#sales", executions, "table#shop.sales"],
        "DeleteItem": ["job#sales"],
        "UpdateItem": ["job#sales"],
    }


def test_only_a_job_that_cancels_may_stop_executions_and_only_its_own():
    def stops(**changes):
        statements = machine_statements(job(**changes), PLATFORM, application_id="00a")
        return [s["Resource"] for s in statements if "states:StopExecution" in s["Action"]]

    assert stops() == stops(**FEATURES["queue"]) == []
    assert stops(**FEATURES["cancel"]) == [[NAMES.execution_arns("sales")]]


def test_the_keeper_touches_what_carries_the_names_or_tags_of_its_environment():
    statements = {
        statement["Sid"]: statement
        for statement in keeper_statements(
            NAMES, ledger_arn="arn:ledger", data_key="arn:data", message_key="arn:messages"
        )
    }
    mine = "arn:aws:states:eu-central-1:111122223333"
    tags = {"aws:ResourceTag/project": "acme", "aws:ResourceTag/environment": "dev"}

    assert statements["SeeExecutions"]["Resource"] == [f"{mine}:execution:acme-dev-*:*"]
    assert statements["StartAgain"]["Resource"] == [f"{mine}:stateMachine:acme-dev-*"]
    for sid in ("FindRuns", "EndRuns"):
        assert statements[sid]["Condition"] == {"StringEquals": tags}
    assert statements["FindOpenRows"]["Resource"] == ["arn:ledger/index/open"]
    assert statements["KeepLedger"]["Condition"] == {
        "ForAllValues:StringLike": {
            "dynamodb:LeadingKeys": ["job#*", "files#*", f"exec#{mine}:execution:acme-dev-*"]
        }
    }


def test_the_keeper_cancels_before_it_frees():
    states = KEEPER["States"]
    to_free = [name for name, state in states.items() if state.get("Next") == "Free"]

    assert sorted(to_free) == ["Aborted", "Died", "OutOfTime"]
    assert states["MoreRuns"]["Default"] == "HowEnded", "only when no live run has the name"
    assert states["Verdict"]["Choices"][-1]["Next"] == "Dead"
