"""Roles and policies."""

from __future__ import annotations

import json
from typing import Any

from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    only,
    removed_tags,
    tags_of,
    words,
)
from sparklaptop.untyped import AwsClient

_HOUR_SECONDS = 3600


def _path(properties: Properties) -> str:
    return str(properties.get("Path", "/"))


def _inline(properties: Properties) -> dict[str, Any]:
    policies = properties.get("Policies", [])
    for policy in policies:
        only(policy, "Policies", "PolicyDocument PolicyName")
    return {policy["PolicyName"]: policy["PolicyDocument"] for policy in policies}


@known
class Role(ResourceType):
    """AWS::IAM::Role."""

    type = "AWS::IAM::Role"
    properties = words(
        "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path "
        "PermissionsBoundary Policies RoleName Tags"
    )
    replaces = words("Path RoleName")
    name_property = "RoleName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        client = context.clients.get("iam")
        name = properties.get("RoleName") or context.generated_name(64)
        boundary = properties.get("PermissionsBoundary")
        made = client.create_role(
            RoleName=name,
            Path=_path(properties),
            AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
            Description=properties.get("Description", ""),
            MaxSessionDuration=int(properties.get("MaxSessionDuration", _HOUR_SECONDS)),
            Tags=tags_of(properties),
            **({"PermissionsBoundary": boundary} if boundary else {}),
        )["Role"]
        return Physical(id=name, attributes={"Arn": made["Arn"], "RoleId": made["RoleId"]})

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Give it its policies."""
        later = ("ManagedPolicyArns", "Policies")
        made = {key: value for key, value in properties.items() if key not in later}
        self.update(context, live, made, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change trust, policies and settings of the same role."""
        client = context.clients.get("iam")
        role = {"RoleName": live.id}
        if old.get("AssumeRolePolicyDocument") != new.get("AssumeRolePolicyDocument"):
            trust = json.dumps(new["AssumeRolePolicyDocument"])
            client.update_assume_role_policy(**role, PolicyDocument=trust)
        if any(old.get(key) != new.get(key) for key in ("Description", "MaxSessionDuration")):
            client.update_role(
                **role,
                Description=new.get("Description", ""),
                MaxSessionDuration=int(new.get("MaxSessionDuration", _HOUR_SECONDS)),
            )
        _set_boundary(client, role, old, new)
        _set_policies(client, role, old, new)
        if gone := removed_tags(old, new):
            client.untag_role(**role, TagKeys=gone)
        if tags_of(new) and tags_of(new) != tags_of(old):
            client.tag_role(**role, Tags=tags_of(new))
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Take its policies away, then delete it."""
        client = context.clients.get("iam")
        role = {"RoleName": live.id}
        for policy in client.list_attached_role_policies(**role)["AttachedPolicies"]:
            client.detach_role_policy(**role, PolicyArn=policy["PolicyArn"])
        for name in client.list_role_policies(**role)["PolicyNames"]:
            client.delete_role_policy(**role, PolicyName=name)
        client.delete_role(**role)


def _set_boundary(
    client: AwsClient, role: dict[str, str], old: Properties, new: Properties
) -> None:
    before, after = old.get("PermissionsBoundary"), new.get("PermissionsBoundary")
    if before == after:
        return
    if after:
        client.put_role_permissions_boundary(**role, PermissionsBoundary=after)
    else:
        client.delete_role_permissions_boundary(**role)


def _set_policies(
    client: AwsClient, role: dict[str, str], old: Properties, new: Properties
) -> None:
    before, after = set(old.get("ManagedPolicyArns", [])), set(new.get("ManagedPolicyArns", []))
    for arn in sorted(before - after):
        client.detach_role_policy(**role, PolicyArn=arn)
    for arn in sorted(after - before):
        client.attach_role_policy(**role, PolicyArn=arn)
    had, wanted = _inline(old), _inline(new)
    for name in sorted(set(had) - set(wanted)):
        client.delete_role_policy(**role, PolicyName=name)
    for name, document in sorted(wanted.items()):
        if had.get(name) != document:
            client.put_role_policy(**role, PolicyName=name, PolicyDocument=json.dumps(document))


@known
class ManagedPolicy(ResourceType):
    """AWS::IAM::ManagedPolicy."""

    type = "AWS::IAM::ManagedPolicy"
    properties = words("Description ManagedPolicyName Path PolicyDocument Roles")
    replaces = words("Description ManagedPolicyName Path")
    name_property = "ManagedPolicyName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        client = context.clients.get("iam")
        name = properties.get("ManagedPolicyName") or context.generated_name(128)
        made = client.create_policy(
            PolicyName=name,
            Path=_path(properties),
            Description=properties.get("Description", ""),
            PolicyDocument=json.dumps(properties["PolicyDocument"]),
        )["Policy"]
        arn = made["Arn"]
        return Physical(id=arn, attributes={"PolicyArn": arn, "PolicyId": made["PolicyId"]})

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Attach it."""
        made = {"PolicyDocument": properties["PolicyDocument"]}
        self.update(context, live, made, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Make a new version the default one, and attach to other roles."""
        client = context.clients.get("iam")
        if old["PolicyDocument"] != new["PolicyDocument"]:
            for version in client.list_policy_versions(PolicyArn=live.id)["Versions"]:
                if not version["IsDefaultVersion"]:
                    client.delete_policy_version(PolicyArn=live.id, VersionId=version["VersionId"])
            client.create_policy_version(
                PolicyArn=live.id,
                PolicyDocument=json.dumps(new["PolicyDocument"]),
                SetAsDefault=True,
            )
        before, after = set(old.get("Roles", [])), set(new.get("Roles", []))
        for role in sorted(before - after):
            client.detach_role_policy(RoleName=role, PolicyArn=live.id)
        for role in sorted(after - before):
            client.attach_role_policy(RoleName=role, PolicyArn=live.id)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Detach it everywhere, then delete it."""
        client = context.clients.get("iam")
        for role in client.list_entities_for_policy(PolicyArn=live.id)["PolicyRoles"]:
            client.detach_role_policy(RoleName=role["RoleName"], PolicyArn=live.id)
        for version in client.list_policy_versions(PolicyArn=live.id)["Versions"]:
            if not version["IsDefaultVersion"]:
                client.delete_policy_version(PolicyArn=live.id, VersionId=version["VersionId"])
        client.delete_policy(PolicyArn=live.id)


@known
class Policy(ResourceType):
    """AWS::IAM::Policy: an inline policy of roles."""

    type = "AWS::IAM::Policy"
    properties = words("PolicyDocument PolicyName Roles")
    replaces = words("PolicyName")

    def create(self, context: Context, properties: Properties) -> Physical:
        """Put it into its roles."""
        return self.update(context, Physical(id=properties["PolicyName"]), {}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Put it into its roles, and take it out of others."""
        client = context.clients.get("iam")
        for role in sorted(set(old.get("Roles", [])) - set(new.get("Roles", []))):
            client.delete_role_policy(RoleName=role, PolicyName=live.id)
        for role in new.get("Roles", []):
            document = json.dumps(new["PolicyDocument"])
            client.put_role_policy(RoleName=role, PolicyName=live.id, PolicyDocument=document)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Take it out of its roles."""
        client = context.clients.get("iam")
        for role in properties.get("Roles", []):
            client.delete_role_policy(RoleName=role, PolicyName=live.id)
