"""IAM statements and documents as plain data, and roles as CloudFormation resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sparkrail.fragment import Resource, resource
from sparkrail.names import Names

Statement = dict[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], *, when: Conditions | None = None
) -> Statement:
    """Allow actions on resources.

    Args:
        sid: Says what it is for; letters and digits.
        actions: Written out, never with wildcards.
        resources: ARNs, as narrow as AWS allows.
        when: Conditions. Default: none.
    """
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": list(resources),
    }
    return {**statement, "Condition": when} if when else statement


def listing(sid: str, bucket_arn: str, prefixes: Sequence[str]) -> Statement:
    """Allow listing a bucket below prefixes.

    S3 answers 404 for a key that is not there only to who may list, and that question carries no
    prefix: hence IfExists.

    Args:
        sid: Says what it is for; letters and digits.
        bucket_arn: The bucket.
        prefixes: Such as `raw/hhs/`; the folder itself may be asked for too.
    """
    patterns = [pattern for each in prefixes for pattern in (each.rstrip("/"), f"{each}*")]
    return allow(
        sid, ["s3:ListBucket"], [bucket_arn], when={"StringLikeIfExists": {"s3:prefix": patterns}}
    )


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """Make a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(service: str, *, names: Names, source_arn: str) -> dict[str, Any]:
    """Let one AWS service take a role, on behalf of one kind of resource of this account only.

    Args:
        service: Such as `states.amazonaws.com`.
        names: Of the environment.
        source_arn: The resource that the service must act for; may hold `*`.
    """
    condition = {
        "StringEquals": {"aws:SourceAccount": names.environment.account},
        "ArnLike": {"aws:SourceArn": source_arn},
    }
    principal = {"Service": service}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return document([{**statement, "Condition": condition}])


def managed_policy(
    description: str, statements: Iterable[Statement], *, name: str | None = None
) -> Resource:
    """Make a policy that roles attach; inline policies escape reviews of an account's policies.

    Args:
        description: What it is for.
        statements: At least one.
        name: Physical name, for those that other stacks attach. Default: generated.
    """
    properties = {"Description": description, "PolicyDocument": document(statements)}
    properties |= {"ManagedPolicyName": name} if name else {}
    return resource("AWS::IAM::ManagedPolicy", properties)


def role(name: str, *, trust_policy: Mapping[str, Any], policies: Sequence[object]) -> Resource:
    """Make a role.

    Args:
        name: Physical name, so that others can build the ARN.
        trust_policy: Who may take it.
        policies: ARNs of its policies, which are attached before anybody can take it.
    """
    properties = {
        "RoleName": name,
        "AssumeRolePolicyDocument": trust_policy,
        "ManagedPolicyArns": list(policies),
    }
    return resource("AWS::IAM::Role", properties)


def use_key(
    sid: str, key_arn: str, services: Sequence[str], *, names: Names, write: bool = True
) -> Statement:
    """Allow a key to be used through given services only.

    Args:
        sid: Says what it is for.
        key_arn: The key.
        services: Such as `s3`; the key is useless by itself.
        names: Of the environment.
        write: Whether new data may be encrypted. Default: yes.
    """
    actions = ["kms:Decrypt", "kms:DescribeKey"] + (["kms:GenerateDataKey"] if write else [])
    through = {"StringEquals": {"kms:ViaService": [names.endpoint(each) for each in services]}}
    return allow(sid, actions, [key_arn], when=through)
