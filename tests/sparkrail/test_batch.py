"""Logical ids of jobs never meet, whatever jobs are called."""

import itertools

from sparkrail.jobs.batch import logical_suffix, with_suffix

KINDS = ("Policy", "Role", "MachinePolicy", "MachineRole", "Machine", "TriggerRole", "FailedAlarm")
NAMES = ("a", "a_1", "a1", "a_b", "ab", "a__b", "a_", "role", "a_role", "of_a", "machine_role_of_a")


def test_no_two_jobs_share_a_logical_id():
    ids = [f"{kind}{logical_suffix(name)}" for kind, name in itertools.product(KINDS, NAMES)]

    assert len(set(ids)) == len(ids)
    assert all(each.isalnum() for each in ids)


def test_references_follow_and_others_stay():
    resources = {
        "Role": {"Type": "T", "Properties": {"Arn": {"Ref": "Policy"}, "Other": {"Ref": "Else"}}},
        "Policy": {"Type": "T", "DependsOn": ["Role"], "Properties": {}},
        "Machine": {"Type": "T", "Properties": {"R": [{"Fn::GetAtt": ["Role", "Arn"]}]}},
    }

    renamed = with_suffix(resources, "OfX")

    assert renamed["RoleOfX"]["Properties"] == {
        "Arn": {"Ref": "PolicyOfX"},
        "Other": {"Ref": "Else"},
    }
    assert renamed["PolicyOfX"]["DependsOn"] == ["RoleOfX"]
    assert renamed["MachineOfX"]["Properties"] == {"R": [{"Fn::GetAtt": ["RoleOfX", "Arn"]}]}
