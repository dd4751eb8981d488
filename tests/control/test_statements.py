"""What roles may do is what the loop uses: every statement is exercised, or known not to be."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from control_loop import PREFIX, key

from sparklaptop import control

pytestmark = pytest.mark.slow

BY_THE_SERVICE = {
    "DeliverLogs": "Step Functions delivers logs on AWS; the laptop keeps histories",
    "EncryptLogs": "the same",
    "SendTraces": "Step Functions sends traces on AWS",
    "HearOfRun": "Step Functions makes a rule to hear of the end; the laptop asks",
    "HearOfRuns": "the same for executions",
    "EncryptState": "Step Functions encrypts what executions carry",
}
"""What AWS asks for and a laptop does by itself."""


@pytest.fixture(scope="module")
def loop(make_loop):
    cron = 'trigger = { cron = "0 6 * * ? *", overlap = "queue" }'
    return make_loop({"orders": (cron, 0.3)}, port=5980)


def statements(loop):
    """{role: {statement: whether it ever decided}}."""
    endpoint = loop.laptop.status().endpoint
    answer = control.get(endpoint, "/_sparkrail/statements", timeout_seconds=30)
    return {
        role["role"].removeprefix(f"{PREFIX}-"): {
            statement["sid"]: statement["exercised"] for statement in role["statements"]
        }
        for role in answer["roles"]
        if role["role"].startswith(PREFIX)
    }


def test_every_statement_is_used_or_known(loop):
    first = loop.start("orders", {"key": key(2026, 1, 1)})
    loop.until(loop.live)
    queued = loop.run("orders", {"key": key(2026, 1, 2), "by": "event"})
    assert '"Queued"' in queued["output"]
    assert loop.wait(first)["status"] == "SUCCEEDED"
    loop.until(lambda: loop.runs("orders")[key(2026, 1, 2)]["state"] == "SUCCEEDED")
    wrong = {"overrides": {"parameters": {"seconds": "no number"}}}
    assert loop.run("orders", {"key": key(2026, 1, 3), **wrong})["status"] == "FAILED"
    long = {"overrides": {"parameters": {"seconds": "60"}}}
    stopped = loop.start("orders", {"key": key(2026, 1, 4), **long})
    loop.until(loop.live)
    time.sleep(0.5)
    loop.states.stop_execution(executionArn=stopped)
    loop.until(lambda: loop.runs("orders")[key(2026, 1, 4)]["state"] == "ABORTED")
    loop.skip_to(datetime.now(UTC) + timedelta(hours=26))
    loop.until(lambda: any(row["by"] == "schedule" for row in loop.runs("orders").values()))
    loop.quiet()
    unused = {
        role: {sid for sid, used in decided.items() if not used} - set(BY_THE_SERVICE)
        for role, decided in statements(loop).items()
    }
    assert unused["orders-machine"] == set()
    # Nothing was left unannounced or running, and no trigger failed, so these had no call.
    assert unused["keeper-machine"] <= {"Announce", "EndRuns"}
    for role in ("keeper-tick", "keeper-wake", "orders-trigger"):
        assert unused[role] <= {"LeaveWord"}
