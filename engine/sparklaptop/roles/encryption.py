"""Customer keys: what a service asks of KMS in the name of whoever calls it.

(KMS developer guide, how services use KMS; S3, DynamoDB, SNS, SQS, Secrets Manager, Step Functions
and EMR Serverless guides, encryption at rest.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need
from sparklaptop.untyped import MotoObject

_VIA = "kms:viaservice"
_Actions = tuple[str, ...]
_READ: _Actions = ("Decrypt",)
_WRITE: _Actions = ("GenerateDataKey",)
_BOTH: _Actions = ("GenerateDataKey", "Decrypt")
_ITEMS = {
    *("BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem"),
    *("Query", "Scan", "UpdateItem"),
}
_SECRETS = {"GetSecretValue": _READ, "PutSecretValue": _BOTH, "UpdateSecret": _BOTH}
_EXECUTIONS = {
    "DescribeExecution": _READ,
    "GetExecutionHistory": _READ,
    "StartExecution": _BOTH,
}


def via(need: Need) -> str:
    """The service that uses the key in the caller's name; nothing for a call to KMS itself."""
    return str(need.context.get(_VIA, "")).partition(".")[0]


def needs(request: Request, found: list[Need], account: Account) -> list[Need]:
    """Which permissions on keys come on top.

    Args:
        request: The request.
        found: What it needs of the service itself.
        account: Where.
    """
    ask = _ASKS.get(request.service)
    return list(ask(request, found, account)) if ask else []


def use(
    account: Account, key: MotoObject, service: str, actions: tuple[str, ...], **encryption: str
) -> Iterator[Need]:
    """What it needs to use a key through a service.

    Args:
        account: Where.
        key: The key; None and AWS's own keys need nothing.
        service: Such as `s3`.
        actions: Such as `Decrypt`.
        encryption: The encryption context; `__` stands for a colon.
    """
    if key is None or key.key_manager == "AWS" or _is_aws_alias(key):
        return
    pairs = {name.replace("__", ":"): value for name, value in encryption.items()}
    context: dict[str, Any] = {
        _VIA: f"{service}.{account.region}.amazonaws.com",
        "aws:viaawsservice": "true",
        **{f"kms:encryptioncontext:{name}".lower(): value for name, value in pairs.items()},
    }
    if pairs:
        context["kms:encryptioncontextkeys"] = tuple(pairs)
    for action in actions:
        yield Need(f"kms:{action}", str(key.arn), context)


def _is_aws_alias(key: MotoObject) -> bool:
    return any(name.startswith("alias/aws/") for name in key.aliases)


def _s3(request: Request, found: list[Need], account: Account) -> Iterator[Need]:
    for need in found:
        bucket_arn, _, key = need.resource.partition("/")
        bucket = account.bucket(bucket_arn.rsplit(":", 1)[-1])
        if bucket is None or not key or request.method == "HEAD":
            continue
        if need.action in ("s3:GetObject", "s3:GetObjectVersion"):
            version = request.parameters.get("versionId")
            name, actions = _of_object(bucket, key, version), _READ
        elif need.action == "s3:PutObject":
            parts = {"uploads", "uploadId"} & set(request.parameters)
            header = request.headers.get("x-amz-server-side-encryption-aws-kms-key-id")
            name, actions = header or _of_bucket(bucket), _BOTH if parts else _WRITE
        else:
            continue
        if name:
            arn = bucket_arn if _has_bucket_key(bucket) else need.resource
            yield from use(account, account.key(name), "s3", actions, aws__s3__arn=arn)


def _rule(bucket: MotoObject) -> Mapping[str, Any]:
    rule = (bucket.encryption or {}).get("Rule") or {}
    return rule[0] if isinstance(rule, list) else rule


def _of_bucket(bucket: MotoObject) -> str | None:
    default = _rule(bucket).get("ApplyServerSideEncryptionByDefault") or {}
    return default.get("KMSMasterKeyID") if default.get("SSEAlgorithm") == "aws:kms" else None


def _has_bucket_key(bucket: MotoObject) -> bool:
    return str(_rule(bucket).get("BucketKeyEnabled", "false")).lower() == "true"


def _of_object(bucket: MotoObject, key: str, version: str | None) -> str | None:
    versions = bucket.keys.getlist(key, [])
    wanted = [each for each in versions if version in (None, str(each.version_id))]
    return getattr(wanted[-1], "kms_key_id", None) if wanted else None


def _dynamodb(request: Request, found: list[Need], account: Account) -> Iterator[Need]:
    del request
    tables = {need.resource.split("/")[1] for need in found if need.action.split(":")[1] in _ITEMS}
    for name in sorted(tables):
        table = account.table(name)
        sse = getattr(table, "sse_specification", None) or {}
        if sse.get("Enabled") and sse.get("KMSMasterKeyId"):
            key = account.key(sse["KMSMasterKeyId"])
            context = {"aws__dynamodb__tableName": name}
            context["aws__dynamodb__subscriberId"] = account.number
            yield from use(account, key, "dynamodb", _READ, **context)


def _sns(_request: Request, found: list[Need], account: Account) -> Iterator[Need]:
    topic = account.topic(found[0].resource) if found[0].action == "sns:Publish" else None
    if topic is not None and topic.kms_master_key_id:
        yield from use(account, account.key(topic.kms_master_key_id), "sns", _BOTH)


def _sqs(_request: Request, found: list[Need], account: Account) -> Iterator[Need]:
    actions = {"sqs:SendMessage": _BOTH, "sqs:ReceiveMessage": _READ}.get(found[0].action)
    queue = account.queue(found[0].resource.rsplit(":", 1)[-1]) if actions else None
    name = getattr(queue, "kms_master_key_id", None)
    if actions and name:
        yield from use(account, account.key(name), "sqs", actions)


def _secretsmanager(request: Request, found: list[Need], account: Account) -> Iterator[Need]:
    actions = _SECRETS.get(request.operation)
    secret = account.secret(found[0].resource) if actions else None
    name = getattr(secret, "kms_key_id", None)
    if actions and name:
        key = account.key(name)
        yield from use(account, key, "secretsmanager", actions, SecretARN=found[0].resource)


def _states(request: Request, found: list[Need], account: Account) -> Iterator[Need]:
    actions = _EXECUTIONS.get(request.operation)
    arn = found[0].resource
    if actions and ":execution:" in arn:
        arn = arn.rsplit(":", 1)[0].replace(":execution:", ":stateMachine:")
    if actions and (key := machine_key(account, arn)) is not None:
        yield from use(account, key, "states", actions, aws__states__stateMachineArn=arn)


def machine_key(account: Account, arn: str) -> MotoObject:
    """The customer key of a state machine; None if it has none."""
    machine = account.machine(arn)
    kept = getattr(machine, "encryptionConfiguration", None) or {}
    name = kept.get("kmsKeyId")
    return account.key(name) if name else None


def _emr_serverless(request: Request, _found: list[Need], account: Account) -> Iterator[Need]:
    """Who submits a run must be able to use the key of its disks."""
    if request.operation != "StartJobRun":
        return
    actions = ("DescribeKey", *_BOTH)
    context = {"applicationId": str(request.parameters.get("applicationId"))}
    if name := disk_key(request.parameters):
        yield from use(account, account.key(name), "emr-serverless", actions, **context)


def disk_key(run: Mapping[str, Any]) -> str | None:
    """ARN of the key that encrypts a run's disks; None if the request names none."""
    overrides = run.get("configurationOverrides") or {}
    found = (overrides.get("diskEncryptionConfiguration") or {}).get("encryptionKeyArn")
    return str(found) if found else None


_ASKS = {
    "dynamodb": _dynamodb,
    "emr-serverless": _emr_serverless,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
    "sns": _sns,
    "sqs": _sqs,
    "states": _states,
}
