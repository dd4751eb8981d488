"""What the account holds: roles, their policies, the policies and keys of resources.

Everything is read where moto keeps it, at the moment it is asked: a changed policy counts from the
next request on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from sparklaptop.roles.policies import Policy, parse
from sparklaptop.untyped import MotoObject


class Account:
    """The account in one Region.

    Args:
        number: 12 digits.
        region: The Region of the request.
        partition: Such as `aws`.
    """

    def __init__(self, number: str, region: str, partition: str = "aws") -> None:
        self.number = number
        self.region = region
        self.partition = partition

    def arn(self, service: str, resource: str) -> str:
        """ARN of something in the account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.number}:{resource}"

    def role(self, arn: str) -> MotoObject:
        """A role; None if there is none of that ARN."""
        roles = iam_backends[self.number][self.partition].roles
        return next((role for role in list(roles.values()) if role.arn == arn), None)

    def roles(self) -> list[MotoObject]:
        """All roles, by name."""
        roles = iam_backends[self.number][self.partition].roles
        return sorted(roles.values(), key=lambda role: str(role.name))

    def identity_policies(self, role: MotoObject) -> list[Policy]:
        """The policies of a role, inline ones first."""
        inline = [parse(f"{role.name}/{n}", _text(text)) for n, text in role.policies.items()]
        return inline + [_managed(policy) for policy in list(role.managed_policies.values())]

    def boundary(self, role: MotoObject) -> Policy | None:
        """A role's permissions boundary."""
        arn = role.permissions_boundary_arn
        if not arn:
            return None
        return _managed(iam_backends[self.number][self.partition].managed_policies[arn])

    def trust(self, role: MotoObject) -> Policy:
        """Who may take a role."""
        return parse(f"the trust policy of {role.name}", _text(role.assume_role_policy_document))

    def bucket(self, name: str) -> MotoObject:
        """A bucket; None if there is none."""
        return s3_backends[self.number][self.partition].buckets.get(name)

    def key(self, name: str) -> MotoObject:
        """A KMS key by id, ARN or alias; None if there is none."""
        backend = kms_backends[self.number][_region_of(name) or self.region]
        try:
            return backend.keys.get(backend.any_id_to_key_id(name))
        except KeyError:
            return None

    def table(self, name: str) -> MotoObject:
        """A DynamoDB table by name or ARN; None if there is none."""
        tables = dynamodb_backends[self.number][self.region].tables
        return tables.get(name.rsplit("/", 1)[-1])

    def topic(self, arn: str) -> MotoObject:
        """A topic; None if there is none."""
        return sns_backends[self.number][_region_of(arn) or self.region].topics.get(arn)

    def queue(self, name: str) -> MotoObject:
        """A queue by name; None if there is none."""
        return sqs_backends[self.number][self.region].queues.get(name)

    def secret(self, name: str) -> MotoObject:
        """A secret by name or ARN; None if there is none."""
        try:
            return secretsmanager_backends[self.number][self.region].secrets[name]
        except KeyError:
            return None

    def machine(self, arn: str) -> MotoObject:
        """A state machine; None if there is none."""
        machines = stepfunctions_parser_backends[self.number][self.region].state_machines
        return next((one for one in list(machines) if one.arn == arn), None)

    def resource_policy(self, arn: str) -> Policy | None:
        """The policy of a resource, such as a bucket's for its objects; None if there is none."""
        service, rest = arn.split(":", 5)[2::3] if arn.count(":") >= _ARN_COLONS else ("", "")
        text = _RESOURCE_POLICIES.get(service, _nothing)(self, arn, rest)
        return parse(f"the policy of {arn if service == 'kms' else rest}", text) if text else None

    def role_tags(self, role: MotoObject) -> Mapping[str, str]:
        """A role's tags."""
        return {tag["Key"]: tag["Value"] for tag in role.tags or ()}


_ARN_COLONS = 5


def _text(document: Any) -> str:  # noqa: ANN401
    if isinstance(document, bytes):
        return document.decode()
    return document if isinstance(document, str) else json.dumps(document)


def _region_of(arn: str) -> str:
    return arn.split(":")[3] if arn.startswith("arn:") else ""


def _managed(policy: MotoObject) -> Policy:
    document = next(each.document for each in policy.versions if each.is_default)
    return parse(policy.arn, _text(document))


def _nothing(_account: Account, _arn: str, _rest: str) -> str:
    return ""


def _of_bucket(account: Account, _arn: str, rest: str) -> str:
    bucket = account.bucket(rest.split("/", 1)[0])
    return _text(bucket.policy) if bucket is not None and bucket.policy else ""


def _of_key(account: Account, arn: str, _rest: str) -> str:
    key = account.key(arn)
    return _text(key.policy) if key is not None else ""


def _of_queue(account: Account, _arn: str, rest: str) -> str:
    queue = account.queue(rest)
    return queue.policy or "" if queue is not None else ""


def _of_topic(account: Account, arn: str, _rest: str) -> str:
    topic = account.topic(arn)
    return topic.policy if topic is not None else ""


def _of_bus(account: Account, _arn: str, rest: str) -> str:
    kind, _, name = rest.partition("/")
    buses = events_backends[account.number][account.region].event_buses
    bus = buses.get(name) if kind == "event-bus" else None
    return bus.policy or "" if bus is not None else ""


def _of_secret(account: Account, arn: str, _rest: str) -> str:
    secret = account.secret(arn)
    return getattr(secret, "policy", None) or ""


def _of_role(account: Account, arn: str, _rest: str) -> str:
    role = account.role(arn)
    return _text(role.assume_role_policy_document) if role is not None else ""


_RESOURCE_POLICIES = {
    "events": _of_bus,
    "iam": _of_role,
    "kms": _of_key,
    "s3": _of_bucket,
    "secretsmanager": _of_secret,
    "sns": _of_topic,
    "sqs": _of_queue,
}
