"""Prefix lists of the gateway endpoints: the only way to name S3 and DynamoDB in a security group.

AWS gives each Region its own and never changes them. CloudFormation cannot look them up, so they
are data here, from tables that several public projects keep; `aws ec2 describe-prefix-lists` shows
those of a Region.
"""

from __future__ import annotations

from sparkmodel import Environment, ManifestError, Problem

_LISTS = {
    "ap-northeast-1": ("pl-61a54008", "pl-78a54011"),
    "ap-northeast-2": ("pl-78a54011", "pl-48a54021"),
    "ap-south-1": ("pl-78a54011", "pl-66a7420f"),
    "ap-southeast-1": ("pl-6fa54006", "pl-67a5400e"),
    "ap-southeast-2": ("pl-6ca54005", "pl-62a5400b"),
    "eu-central-1": ("pl-6ea54007", "pl-66a5400f"),
    "eu-north-1": ("pl-c3aa4faa", "pl-adae4bc4"),
    "eu-west-1": ("pl-6da54004", "pl-6fa54006"),
    "eu-west-2": ("pl-7ca54015", "pl-b3a742da"),
    "us-east-1": ("pl-63a5400a", "pl-02cd2c6b"),
    "us-east-2": ("pl-7ba54012", "pl-4ca54025"),
    "us-west-1": ("pl-6ba54002", "pl-6ea54007"),
    "us-west-2": ("pl-68a54001", "pl-00a54069"),
}
"""S3's and DynamoDB's, by Region."""


def prefix_lists(environment: Environment) -> dict[str, str]:
    """Look up the prefix lists of an environment's Region, by service.

    Args:
        environment: Names the Region.

    Raises:
        ManifestError: Nothing is known of the Region.
    """
    if environment.region not in _LISTS:
        raise _unknown(environment)
    s3, dynamodb = _LISTS[environment.region]
    return {"S3": s3, "DynamoDB": dynamodb}


def _unknown(environment: Environment) -> ManifestError:
    problem = Problem(
        file=f"config/{environment.name}.toml",
        key="network.mode",
        value=f'"{environment.network.mode}"',
        text=f"needs the prefix lists of S3 and DynamoDB in {environment.region}, which are not in "
        "constructs/sparkrail/network/prefix_lists.py. Run `aws ec2 describe-prefix-lists "
        f"--region {environment.region}` and add them there, or set network.mode = "
        f'"none". Regions known: {", ".join(sorted(_LISTS))}.',
    )
    return ManifestError([problem])
