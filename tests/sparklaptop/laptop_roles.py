"""Roles of a laptop cloud for tests."""

import json

import boto3
from laptop_assemblies import REGION


def client(endpoint, service, access_key="laptop", region=REGION):
    """A client of a laptop cloud, by default a person's."""
    from botocore.config import Config

    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key="laptop",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def trusting(*services, condition=None):
    """A trust policy."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": "sts:AssumeRole",
        **({"Condition": condition} if condition else {}),
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


ANY_SERVICE = trusting(
    *("emr-serverless.amazonaws.com", "events.amazonaws.com"),
    *("scheduler.amazonaws.com", "states.amazonaws.com"),
)


def make_role(endpoint, name, *statements, trust=ANY_SERVICE, **more):
    """A role with one inline policy; gives its ARN."""
    iam = client(endpoint, "iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), **more)
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document))
    return arn["Role"]["Arn"]


def allow(actions, *resources, **more):
    """A statement."""
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources), **more}


def may_everything(endpoint, *names):
    """Roles that every service may take and that may do everything."""
    for name in names:
        make_role(endpoint, name, allow("*", "*"))
