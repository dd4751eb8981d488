"""Many runs started in the same minute, against a limit on starts as AWS has it.

AWS lets 25 starts through at once and one per second after that; two hundred machines that wake in
the same minute are eight times the burst. Here are fewer, against as much less.
"""

import json
import time
from collections import Counter

import pytest
from faulty_job import DEV, Job

from sparklaptop import Laptop
from sparklaptop.ports import free_port

pytestmark = pytest.mark.slow
STARTS = 60
LIMIT = {"kind": "throttle", "burst": 25 * STARTS // 200, "per_second": STARTS / 200}


@pytest.fixture
def crowded(tmp_path, first_port):
    """A laptop cloud whose minutes are three seconds long and whose runs end at once."""
    options = ("--launcher", "true", "--seconds-per-minute", "3")
    made = Laptop(tmp_path / "crowded", account=DEV.account, region=DEV.region, options=options)
    made.start(port=free_port(first_port))
    yield made
    made.stop()


@pytest.mark.failure_mode(5)
def test_starts_far_over_the_limit_all_run_once(crowded, observe):
    job = Job(crowded, concurrent=200)
    machine = job.alone("Run")
    crowded.faults().add({"match": {"action": "emr-serverless:StartJobRun"}, "effect": LIMIT})

    began = time.monotonic()
    executions = [
        job.states.start_execution(
            stateMachineArn=machine,
            name=f"e{number}",
            input=json.dumps({"key": f"k{number}", "generation": 1, "attempt": 1, "overrides": {}}),
        )["executionArn"]
        for number in range(STARTS)
    ]
    started = time.monotonic() - began
    ended = Counter(job.wait(execution)["status"] for execution in executions)

    (rule,) = crowded.faults().rules()
    assert ended == {"SUCCEEDED": STARTS}
    assert Counter(run["state"] for run in job.runs()) == {"SUCCESS": STARTS}
    assert rule["hits"] > STARTS / 4
    minutes = (time.monotonic() - began) / 3
    print(f"{STARTS} started in {started:.1f} s, {rule['hits']} refused, {minutes:.1f} minutes")
    observe(
        happened=f"{STARTS} starts at once against a limit of {LIMIT['burst']} and "
        f"{LIMIT['per_second']} per second refused {rule['hits']} times: {STARTS} runs, none twice",
        user_sees=f"{STARTS} times SUCCEEDED",
    )
