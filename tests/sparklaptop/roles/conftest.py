"""One laptop cloud for the tests of roles, with things of every service in it."""

import json
import shlex
import sys

import pytest
from laptop_assemblies import ACCOUNT, REGION, STAND_IN
from laptop_roles import client, make_role

from sparklaptop import Laptop, control
from sparklaptop.ports import free_port
from sparklaptop.roles.keys import issue

ROOT = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """Its address."""
    launcher = shlex.join([sys.executable, str(STAND_IN)])
    options = ("--launcher", launcher, "--grace-seconds", "1")
    laptop = Laptop(
        tmp_path_factory.mktemp("roles"), account=ACCOUNT, region=REGION, options=options
    )
    yield laptop.start(port=free_port(5760)).endpoint
    laptop.stop()


@pytest.fixture(scope="session")
def person(cloud):
    """Clients of a person, who may do everything."""
    return lambda service: client(cloud, service)


@pytest.fixture
def taking(cloud, request):
    """Clients of a new role with given statements: taking(*statements)(service).

    Each test has a role of its own; its session is called like the test.
    """
    count = iter(range(100))

    def take(*statements, trust=None, **more):
        name = f"{request.node.name[:50].translate(str.maketrans('[]', '--'))}{next(count)}"
        given = {**more, **({"trust": trust} if trust else {})}
        arn = make_role(cloud, name, *statements, **given)

        # The server has to know the key too, and it is the same in every process.
        def as_role(service, session="s1"):
            taken = client(cloud, "sts").assume_role(RoleArn=arn, RoleSessionName=session)
            assert taken["Credentials"]["AccessKeyId"] == issue(arn, session)
            return client(cloud, service, taken["Credentials"]["AccessKeyId"])

        as_role.arn, as_role.name = arn, name
        return as_role

    return take


@pytest.fixture(scope="session")
def lake(person):
    """A bucket with a few objects."""
    place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    person("s3").create_bucket(Bucket="lake", **place)
    for key in ("in/a.csv", "in/b.csv", "out/c.csv"):
        person("s3").put_object(Bucket="lake", Key=key, Body=b"x")
    return "lake"


@pytest.fixture
def key(person):
    """Makes keys: key(policy statements) -> ARN. The account's policies count by default."""

    def make(*statements):
        by_iam = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": list(statements or [by_iam])}
        made = person("kms").create_key(Policy=json.dumps(document))
        return made["KeyMetadata"]["Arn"]

    return make


@pytest.fixture
def ask(cloud):
    """Asks the server's own pages."""
    return lambda path: control.get(cloud, f"/_sparkrail/{path}", timeout_seconds=5)
