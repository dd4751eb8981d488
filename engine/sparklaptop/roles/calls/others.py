"""KMS, Secrets Manager, CloudWatch Logs and metrics, STS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need

_WITHOUT_RESOURCE = {"CreateKey", "GenerateRandom", "ListAliases", "ListKeys"}


def kms(request: Request, account: Account) -> list[Need]:
    """Which permissions a KMS request needs, with the encryption context that it gives."""
    given, operation = request.parameters, request.operation
    if operation in _WITHOUT_RESOURCE:
        return [Need(f"kms:{operation}", "*")]
    if operation == "ReEncrypt":
        source = given.get("SourceKeyId")
        return [
            Need("kms:ReEncryptFrom", _key(source, account), _encryption(given, "Source")),
            Need(
                "kms:ReEncryptTo",
                _key(given.get("DestinationKeyId"), account),
                _encryption(given, "Destination"),
            ),
        ]
    name = given.get("KeyId") or given.get("TargetKeyId") or _of_ciphertext(given)
    context = _encryption(given, "")
    if str(name).startswith("alias/"):
        context["kms:requestalias"] = str(name)
    return [Need(f"kms:{operation}", _key(name, account), context)]


def _of_ciphertext(given: Mapping[str, Any]) -> str | None:
    """Moto writes the key's id into what it encrypts; AWS finds it there too."""
    blob = given.get("CiphertextBlob")
    if not isinstance(blob, str):
        return None
    from base64 import b64decode  # noqa: PLC0415

    start = b64decode(blob)[:36]
    return start.decode("ascii", errors="replace")


def _key(name: str | None, account: Account) -> str:
    key = account.key(name) if name else None
    if key is not None:
        return str(key.arn)
    return name if name and name.startswith("arn:") else account.arn("kms", f"key/{name or '*'}")


def _encryption(given: Mapping[str, Any], which: str) -> dict[str, Any]:
    pairs = given.get(f"{which}EncryptionContext") or {}
    found: dict[str, Any] = {
        f"kms:encryptioncontext:{name}".lower(): value for name, value in pairs.items()
    }
    return {**found, "kms:encryptioncontextkeys": tuple(pairs)} if pairs else found


def secretsmanager(request: Request, account: Account) -> list[Need]:
    """Which permissions a Secrets Manager request needs."""
    given, operation = request.parameters, request.operation
    name = given.get("SecretId") or given.get("Name")
    if not name:
        return [Need(f"secretsmanager:{operation}", "*")]
    secret = account.secret(name)
    if secret is not None:
        arn, real = str(secret.arn), str(secret.name)
    else:
        # AWS adds six letters, which nobody knows of a secret that is not there.
        real, arn = name, name
        if not name.startswith("arn:"):
            arn = account.arn("secretsmanager", f"secret:{name}-abcdef")
    context = {"secretsmanager:secretid": real}
    if operation == "GetSecretValue":
        stage = given.get("VersionStage") or ("" if given.get("VersionId") else "AWSCURRENT")
        context |= {"secretsmanager:versionstage": stage} if stage else {}
    return [Need(f"secretsmanager:{operation}", arn, context)]


def logs(request: Request, account: Account) -> list[Need]:
    """Which permissions a CloudWatch Logs request needs.

    AWS names the group's ARN with an empty stream in refusals, and compares it so.
    """
    given = request.parameters
    group = given.get("logGroupName") or _group_of(given.get("logGroupIdentifier")) or ""
    if not group and (arn := given.get("resourceArn") or given.get("resourceIdentifier")):
        return [Need(f"logs:{request.operation}", str(arn))]
    stream = given.get("logStreamName") or ""
    arn = account.arn("logs", f"log-group:{group}:log-stream:{stream}")
    return [Need(f"logs:{request.operation}", arn)]


def _group_of(identifier: str | None) -> str | None:
    if identifier and identifier.startswith("arn:"):
        return identifier.split(":log-group:", 1)[1].split(":", 1)[0]
    return identifier


def cloudwatch(request: Request, _account: Account) -> list[Need]:
    """Which permissions a CloudWatch request needs."""
    namespace = request.parameters.get("Namespace")
    context = {"cloudwatch:namespace": namespace} if namespace else {}
    return [Need(f"cloudwatch:{request.operation}", "*", context)]


def sts(request: Request, _account: Account) -> list[Need]:
    """Which permissions an STS request needs; who one is, anyone may ask."""
    if request.operation == "GetCallerIdentity":
        return []
    given = request.parameters
    session = given.get("RoleSessionName")
    context = {"sts:rolesessionname": session} if session else {}
    return [Need(f"sts:{request.operation}", given.get("RoleArn", "*"), context)]
