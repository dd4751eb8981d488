"""Random policies and requests, close enough to each other that every outcome is frequent."""

import random

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/dev-sales-job"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/dev-sales-job/00f1"
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1b1f7f3c-6bd2-4f6e-8b9b-0c2f5d1c8f11"


def at(service, rest):
    return f"arn:aws:{service}:eu-central-1:{ACCOUNT}:{rest}"


# Action, resource, its own condition keys, whether the resource has a policy.
REQUESTS = [
    ("s3:GetObject", "arn:aws:s3:::lake/raw/2026/a.csv", {}, True),
    ("s3:PutObject", "arn:aws:s3:::lake/raw/2026/a.csv",
     {"s3:x-amz-server-side-encryption": "aws:kms", "s3:TlsVersion": "1.3"}, True),
    ("s3:ListBucket", "arn:aws:s3:::lake", {"s3:prefix": "raw/2026/"}, True),
    ("s3:ListBucket", "arn:aws:s3:::lake", {}, True),
    ("kms:Decrypt", KEY, {"kms:ViaService": "s3.eu-central-1.amazonaws.com",
                          "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::lake"}, True),
    ("kms:GenerateDataKey", KEY, {"kms:ViaService": "dynamodb.eu-central-1.amazonaws.com"}, True),
    ("dynamodb:PutItem", at("dynamodb", "table/ledger"),
     {"dynamodb:LeadingKeys": ["job#sales", "exec#1"]}, False),
    ("dynamodb:GetItem", at("dynamodb", "table/ledger"),
     {"dynamodb:LeadingKeys": ["job#sales"]}, False),
    ("dynamodb:Query", at("dynamodb", "table/ledger"), {}, False),
    ("iam:PassRole", ROLE, {"iam:PassedToService": "emr-serverless.amazonaws.com"}, False),
    ("sqs:SendMessage", at("sqs", "dev-dead-letters"), {}, True),
    ("sns:Publish", at("sns", "dev-alarms"), {}, True),
    ("events:PutEvents", at("events", "event-bus/dev-events"),
     {"events:source": "dev", "events:detail-type": "Table Written"}, False),
    ("secretsmanager:GetSecretValue", at("secretsmanager", "secret:api-abcdef"),
     {"secretsmanager:VersionStage": "AWSCURRENT"}, True),
    ("states:StartExecution", at("states", "stateMachine:dev-sales"), {}, False),
]  # fmt: skip
GLOBAL = {
    "aws:CurrentTime": "2026-11-21T06:30:00Z",
    "aws:EpochTime": "1795242600",
    "aws:PrincipalAccount": ACCOUNT,
    "aws:PrincipalArn": ROLE,
    "aws:PrincipalTag/team": "health",
    "aws:RequestedRegion": "eu-central-1",
    "aws:SecureTransport": "true",
    "aws:SourceIp": "10.1.2.3",
    "aws:ViaAWSService": "false",
}
# Key -> operators that suit it, values among which some match.
TESTS = {
    "aws:CurrentTime": (["DateGreaterThan", "DateLessThan", "DateNotEquals", "DateEquals"],
                        ["2026-11-21T06:30:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
    "aws:EpochTime": (["NumericGreaterThan", "NumericLessThanEquals", "NumericNotEquals"],
                      ["1795242600", "1700000000"]),
    "aws:PrincipalAccount": (["StringEquals", "StringNotEquals"], [ACCOUNT, "999988887777"]),
    "aws:PrincipalArn": (["ArnLike", "ArnEquals", "ArnNotLike", "StringLike"],
                         [ROLE, f"arn:aws:iam::{ACCOUNT}:role/dev-*", "arn:aws:iam::*:role/prod-*",
                          f"arn:aws:iam::*:{ACCOUNT}:role/dev-sales-job"]),
    "aws:PrincipalTag/team": (["StringEquals", "StringLike", "StringEqualsIgnoreCase",
                               "StringNotEqualsIgnoreCase", "StringNotLike"],
                              ["health", "HEALTH", "hea*", "sales", "?ealth"]),
    "aws:PrincipalTag/absent": (["StringEquals", "StringNotEquals", "StringLike"], ["x", "*"]),
    "aws:RequestedRegion": (["StringEquals", "StringNotLike"], ["eu-central-1", "us-*"]),
    "aws:SecureTransport": (["Bool"], ["true", "false"]),
    "aws:SourceIp": (["IpAddress", "NotIpAddress"], ["10.0.0.0/8", "192.168.0.0/16", "10.1.2.3"]),
    "s3:prefix": (["StringLike", "StringEquals", "StringNotLike"],
                  ["raw/*", "raw/2026/", "wh/*", "${aws:PrincipalTag/team}/*"]),
    "s3:TlsVersion": (["NumericLessThan", "NumericGreaterThanEquals"], ["1.2", "1.3"]),
    "s3:x-amz-server-side-encryption": (["StringEquals", "StringNotEquals"], ["aws:kms", "AES256"]),
    "kms:ViaService": (["StringEquals", "StringLike"],
                       ["s3.eu-central-1.amazonaws.com", "*.eu-central-1.amazonaws.com"]),
    "dynamodb:LeadingKeys": (["StringEquals", "StringLike", "StringNotEquals", "StringNotLike"],
                             ["job#*", "job#sales", "exec#1", "exec#*", "other"]),
    "iam:PassedToService": (["StringEquals"], ["emr-serverless.amazonaws.com", "x.amazonaws.com"]),
    "events:source": (["StringEquals", "StringNotEquals"], ["dev", "prod"]),
    "secretsmanager:VersionStage": (["StringEquals"], ["AWSCURRENT", "AWSPREVIOUS"]),
}  # fmt: skip
# AWS calls events:source a list; without a quantifier the oracle never lets it match.
MULTIVALUED = {"dynamodb:LeadingKeys", "events:source"}


def case(seed):
    """One request with the policies that have a say."""
    pick = random.Random(seed)
    action, resource, own, has_policy = pick.choice(REQUESTS)
    context = {key: value for key, value in GLOBAL.items() if pick.random() < 0.85} | own
    made = {
        "request": {
            "principal": SESSION,
            "action": action,
            "resource": {"resource": resource, "accountId": ACCOUNT},
            "contextVariables": context,
        },
        "identityPolicies": [
            {"name": f"p{number}", "policy": _policy(pick, action, resource)}
            for number in range(pick.randint(0, 2))
        ],
    }
    if pick.random() < 0.25:
        boundary = {"name": "boundary", "policy": _policy(pick, action, resource, denies=0.1)}
        made["permissionBoundaryPolicies"] = [boundary]
    if has_policy and (action.startswith("kms:") or pick.random() < 0.5):
        made["resourcePolicy"] = _policy(pick, action, resource, principals=True)
    return made


def _policy(pick, action, resource, *, denies=0.2, principals=False):
    statements = [
        _statement(pick, action, resource, denies, principals) for _ in range(pick.randint(1, 3))
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(pick, action, resource, denies, principals):
    made = {"Effect": "Deny" if pick.random() < denies else "Allow"}
    made["NotAction" if pick.random() < 0.1 else "Action"] = _actions(pick, action)
    if principals:
        made["Principal"] = _principal(pick)
    # A key's policy speaks of its key alone.
    if principals and action.startswith("kms:"):
        made["Resource"] = "*"
    else:
        name = "NotResource" if not principals and pick.random() < 0.1 else "Resource"
        made[name] = _resources(pick, resource)
    if pick.random() < 0.5:
        made["Condition"] = _conditions(pick, action)
    return made


def _principal(pick):
    names = [ROLE, SESSION, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "*"]
    others = [f"arn:aws:iam::{ACCOUNT}:role/other", "arn:aws:iam::999988887777:root"]
    return pick.choice([
        {"AWS": pick.choice(names)},
        {"AWS": pick.sample(names[:4] + others, 2)},
        {"AWS": pick.choice(others)},
        {"Service": "events.amazonaws.com"},
        "*",
    ])  # fmt: skip


def _actions(pick, action):
    service, name = action.split(":")
    other = pick.choice(REQUESTS)[0]
    return pick.choice([
        action, [action, other], other, f"{service}:*", f"{service}:{name[:3]}*",
        f"{service}:{name.lower()}", f"{service}:?{name[1:]}", "*",
    ])  # fmt: skip


def _resources(pick, resource):
    parts = resource.split(":")
    other = pick.choice(REQUESTS)[1]
    middle = len(resource) * 2 // 3
    return pick.choice([
        resource, [resource, other], other, "*", f"{resource[:middle]}*",
        f"{resource[:-1]}?", ":".join([*parts[:3], "*", "*", parts[5]]),
        f"{':'.join(parts[:5])}:*",
    ])  # fmt: skip


def _conditions(pick, action):
    service = action.split(":")[0]
    fitting = [key for key in TESTS if key.split(":")[0] in ("aws", service)]
    block = {}
    for _ in range(pick.randint(1, 2)):
        key = pick.choice(fitting)
        operators, values = TESTS[key]
        operator = pick.choice([*operators, "Null"])
        if operator == "Null":
            block.setdefault("Null", {})[key] = pick.choice(["true", "false"])
            continue
        if key in MULTIVALUED:
            operator = f"{pick.choice(['ForAllValues', 'ForAnyValue'])}:{operator}"
        if pick.random() < 0.25:
            operator += "IfExists"
        wanted = pick.sample(values, min(len(values), pick.randint(1, 2)))
        block.setdefault(operator, {})[key] = wanted if len(wanted) > 1 else wanted[0]
    return block
