"""Our evaluator and an independent one say the same of random policies."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from sparklaptop.roles.evaluation import Need, Policies, Principal, decide
from sparklaptop.roles.policies import parse

sys.path.insert(0, str(Path(__file__).parent))
import oracle
import random_cases

pytestmark = pytest.mark.slow
CASES = 4000
WORDS = {True: "Allowed", "explicit": "ExplicitlyDenied", "implicit": "ImplicitlyDenied"}


def ours(case, ignored):
    """What our evaluator says, of the context keys that the oracle took."""
    request = case["request"]
    left_out = {key.lower() for key in ignored}
    context = {
        key.lower(): tuple(value) if isinstance(value, list) else value
        for key, value in request["contextVariables"].items()
        if key.lower() not in left_out
    }
    boundary = case.get("permissionBoundaryPolicies")
    resource = case.get("resourcePolicy")
    policies = Policies(
        identity=[
            parse(each["name"], json.dumps(each["policy"])) for each in case["identityPolicies"]
        ],
        boundary=parse("boundary", json.dumps(boundary[0]["policy"])) if boundary else None,
        resource=parse("resource", json.dumps(resource)) if resource else None,
    )
    principal = Principal(
        account=random_cases.ACCOUNT, role=random_cases.ROLE, session=random_cases.SESSION
    )
    need = Need(request["action"], request["resource"]["resource"])
    found = decide(need, principal, policies, context)
    if found.allowed:
        return WORDS[True]
    return WORDS["explicit" if "explicit deny" in found.why else "implicit"]


@pytest.mark.skipif(not oracle.is_installed(), reason=f"the oracle is not here: {oracle.INSTALL}")
def test_our_evaluator_agrees_with_an_independent_one():
    cases = [random_cases.case(seed) for seed in range(CASES)]
    outcomes, differences, strange = Counter(), [], []

    for seed, (case, answer) in enumerate(zip(cases, oracle.ask(cases), strict=True)):
        if answer["problem"]:
            strange.append((seed, answer["problem"]))
            continue
        said = ours(case, answer["ignored"])
        outcomes[answer["result"]] += 1
        if said != answer["result"]:
            differences.append((seed, said, answer["result"], case))

    print(f"{sum(outcomes.values())} cases: {dict(outcomes)}, {len(differences)} differences")
    assert strange == []
    assert differences == [], json.dumps(differences[:3], indent=1)
    assert min(outcomes.values()) > CASES // 20
