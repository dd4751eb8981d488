"""The evaluator by itself: one statement, one request, one answer."""

import json

import pytest

from sparklaptop.roles.evaluation import Need, Policies, Principal, decide
from sparklaptop.roles.policies import parse
from sparklaptop.roles.problems import PolicyError

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/dev-sales-job"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/dev-sales-job/00f1"
ME = Principal(account=ACCOUNT, role=ROLE, session=SESSION)
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
READ = Need("s3:GetObject", "arn:aws:s3:::lake/in/a.csv")
DECRYPT = Need("kms:Decrypt", f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/k")


def policy(*statements, version="2012-10-17"):
    return parse("p", json.dumps({"Version": version, "Statement": list(statements)}))


def statement(effect="Allow", action="s3:*", resource="*", **more):
    made = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return {key: value for key, value in made.items() if value is not None}


def allowed(*statements, need=READ, context=None, **policies):
    given = Policies(identity=[policy(*statements)], **policies)
    return decide(need, ME, given, context or {}).allowed


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"action": "S3:getobject"}, True),
        ({"action": "s3:Get?bject"}, True),
        ({"action": ["s3:PutObject", "s3:List*"]}, False),
        ({"action": None, "NotAction": "s3:PutObject"}, True),
        ({"action": None, "NotAction": "s3:Get*"}, False),
        ({"resource": "arn:aws:s3:::lake/in/*"}, True),
        ({"resource": "arn:aws:s3:::LAKE/in/*"}, False),
        ({"resource": "arn:aws:s3:::lake/out/*"}, False),
        ({"resource": "arn:aws:s3"}, True),
        ({"resource": "arn:*:lake/in/a.csv"}, False),
        ({"resource": None, "NotResource": "arn:aws:s3:::lake/out/*"}, True),
        ({"resource": "arn:aws:s3:::lake/${aws:PrincipalTag/folder}/*"}, True),
        ({"resource": "arn:aws:s3:::lake/${aws:PrincipalTag/none}/*"}, False),
        ({"resource": "arn:aws:s3:::lake/${aws:PrincipalTag/none, 'in'}/*"}, True),
        ({"resource": "arn:aws:s3:::lake/${*}/*"}, False),
    ],
)
def test_a_statement_speaks_of_actions_and_resources(changes, expected):
    assert allowed(statement(**changes), context={"aws:principaltag/folder": "in"}) is expected


def test_variables_are_literal_in_old_policies():
    old = policy(
        statement(resource="arn:aws:s3:::lake/${aws:PrincipalTag/folder}/*"), version="2008-10-17"
    )

    found = decide(READ, ME, Policies(identity=[old]), {"aws:principaltag/folder": "in"})

    assert not found.allowed


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", ["b", "a"], "a", True),
        ("StringEquals", "A", "a", False),
        ("StringEqualsIgnoreCase", "A", "a", True),
        ("StringLike", "raw/*", "raw/x/y", True),
        ("StringNotLike", "raw/*", "out", True),
        ("StringNotEquals", ["a", "b"], "a", False),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringNotEquals", "a", None, True),
        ("ForAllValues:StringLike", "job#*", ("job#a", "job#b"), True),
        ("ForAllValues:StringLike", "job#*", ("job#a", "exec#b"), False),
        ("ForAllValues:StringLike", "job#*", None, True),
        ("ForAnyValue:StringLike", "job#*", ("job#a", "exec#b"), True),
        ("ForAnyValue:StringLike", "job#*", None, False),
        ("ForAnyValue:StringLikeIfExists", "job#*", None, False),
        ("Null", "true", None, True),
        ("Null", "false", None, False),
        ("Null", "false", "a", True),
        ("Bool", "false", "false", True),
        ("Bool", False, "false", True),
        ("BoolIfExists", "false", None, True),
        ("NumericLessThan", "1.2", "1.3", False),
        ("NumericGreaterThanEquals", 3, "3", True),
        ("NumericEquals", "1", "one", False),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-11-21T06:30:00Z", True),
        ("DateLessThan", "1700000000", "2026-11-21T06:30:00Z", False),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("NotIpAddress", "10.0.0.0/8", "127.0.0.1", True),
        ("ArnLike", "arn:aws:states:*:*:stateMachine:dev-*",
         "arn:aws:states:eu-central-1:1:stateMachine:dev-a", True),
        ("ArnLike", "arn:aws:states:*:dev-*",
         "arn:aws:states:eu-central-1:1:stateMachine:dev-a", False),
        ("ArnEquals", "arn:aws:s3:::lake", "arn:aws:s3:::lake", True),
    ],
)  # fmt: skip
def test_conditions(operator, wanted, given, expected):
    condition = {operator: {"s3:Prefix": wanted}}
    context = {} if given is None else {"s3:prefix": given}

    assert allowed(statement(Condition=condition), context=context) is expected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Condition": {"StringSounds": {"k": "v"}}}, "operator StringSounds is not known"),
        ({"Condition": {"BinaryEquals": {"k": "v"}}}, "operator BinaryEquals is not known"),
        ({"Condition": {"Most:StringEquals": {"k": "v"}}}, "Most is not known"),
        ({"Condition": {"NumericEquals": {"k": "many"}}}, "many"),
        ({"Condition": {"IpAddress": {"k": "here"}}}, "here"),
        ({"NotPrincipal": "*"}, "NotPrincipal is not known"),
        ({"effect": "Perhaps"}, "effect Perhaps is not known"),
        ({"action": None}, "is not a policy document"),
    ],
)
def test_what_is_not_known_is_an_error(changes, said):
    with pytest.raises(PolicyError, match=said):
        policy(statement(**changes))


def test_a_deny_wins_wherever_it_stands():
    deny = policy(statement("Deny", Principal={"AWS": "*"}))

    assert not allowed(statement(), statement("Deny", action="s3:Get*"))
    assert not allowed(statement(), resource=deny)
    assert not allowed(statement(), boundary=policy(statement(), statement("Deny")))


def test_a_boundary_must_allow_too():
    assert allowed(statement(), boundary=policy(statement(action="s3:Get*")))
    assert not allowed(statement(), boundary=policy(statement(action="s3:Put*")))


@pytest.mark.parametrize(
    ("principal", "with_iam", "without_iam"),
    [
        ({"AWS": ROLE}, True, True),
        ({"AWS": SESSION}, True, True),
        ("*", True, True),
        (ROOT, True, False),
        ({"AWS": ACCOUNT}, True, False),
        ({"AWS": f"{ROLE}-other"}, True, False),
        ({"Service": "events.amazonaws.com"}, True, False),
    ],
)
def test_a_bucket_policy_may_allow_by_itself(principal, with_iam, without_iam):
    bucket = policy(statement(Principal=principal))

    assert allowed(statement(), resource=bucket) is with_iam
    assert allowed(statement(action="s3:Put*"), resource=bucket) is without_iam


@pytest.mark.parametrize(
    ("principal", "with_iam", "without_iam"),
    [
        ({"AWS": ROLE}, True, True),
        (ROOT, True, False),
        ({"AWS": f"{ROLE}-other"}, False, False),
    ],
)
def test_a_key_policy_decides_whether_iam_counts(principal, with_iam, without_iam):
    of_key = policy(statement(action="kms:*", Principal=principal))

    assert allowed(statement(action="kms:*"), need=DECRYPT, resource=of_key) is with_iam
    assert allowed(statement(), need=DECRYPT, resource=of_key) is without_iam
    assert not allowed(statement(action="kms:*"), need=DECRYPT)


def test_a_service_is_let_in_by_the_resource_alone():
    service = Principal(account=ACCOUNT, service="events.amazonaws.com")
    need = Need("sqs:SendMessage", f"arn:aws:sqs:eu-central-1:{ACCOUNT}:q")
    lets = statement(
        action="sqs:SendMessage",
        Principal={"Service": "events.amazonaws.com"},
        Condition={"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/dev-*"}},
    )

    def may(rule, *statements):
        resource = policy(*statements)
        context = {"aws:sourcearn": f"arn:aws:events:eu-central-1:{ACCOUNT}:rule/{rule}"}
        return decide(need, service, Policies(resource=resource), context).allowed

    assert may("dev-a", lets)
    assert not may("prod-a", lets)
    assert not may("dev-a", statement(action="sqs:*", Principal={"AWS": "*"}))


def test_each_statement_that_allows_is_named():
    found = decide(
        READ,
        ME,
        Policies(identity=[policy(statement(Sid="A"), statement(action="s3:Get*"))]),
        {},
    )

    assert found.by == (("p", "A"), ("p", "1"))
