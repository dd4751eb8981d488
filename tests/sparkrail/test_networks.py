"""Workers reach AWS's services and each other, and nothing else."""

import json

import pytest
from pipelines import environment

from sparkmodel import ManifestError
from sparkrail.names import Names
from sparkrail.network.imported import imported_network
from sparkrail.network.own import own_network
from sparkrail.network.prefix_lists import prefix_lists

OWN = {"mode": "own", "availability_zones": ("eu-west-1a", "eu-west-1b", "eu-west-1c")}
IMPORTED = {
    "mode": "imported",
    "vpc_id": "vpc-1",
    "subnet_ids": ("subnet-a", "subnet-b"),
    "route_table_ids": ("rtb-1",),
}


def own():
    return own_network(Names(environment(network=OWN)), log_key_arn="arn:key")


def types(resources):
    return [each["Type"].removeprefix("AWS::EC2::") for each in resources.values()]


def test_there_is_no_way_to_the_internet():
    assert not {"InternetGateway", "NatGateway", "Route", "EgressOnlyInternetGateway"} & set(
        types(own())
    )
    assert "0.0.0.0/0" not in json.dumps(own())


def test_every_zone_has_a_subnet_with_its_own_addresses():
    subnets = [r["Properties"] for r in own().values() if r["Type"] == "AWS::EC2::Subnet"]

    assert {each["AvailabilityZone"] for each in subnets} == set(OWN["availability_zones"])
    assert len({each["CidrBlock"] for each in subnets}) == 3
    assert not any(each["MapPublicIpOnLaunch"] for each in subnets)


def test_every_service_that_a_job_calls_has_an_endpoint():
    endpoints = [r["Properties"] for r in own().values() if r["Type"] == "AWS::EC2::VPCEndpoint"]
    services = {each["ServiceName"].removeprefix("com.amazonaws.eu-west-1.") for each in endpoints}

    assert services == {
        *("s3", "dynamodb"),
        *("glue", "kms", "logs", "monitoring", "secretsmanager", "sts"),
    }
    for endpoint in endpoints:
        assert endpoint["PolicyDocument"]["Statement"][0]["Condition"] == {
            "StringEquals": {"aws:PrincipalAccount": "111111111111"}
        }


def test_workers_leave_by_prefix_lists_and_endpoints_only():
    workers = own()["Workers"]["Properties"]
    lists = {rule["DestinationPrefixListId"] for rule in workers["SecurityGroupEgress"]}

    assert lists == set(prefix_lists(environment()).values())
    assert all(rule["Description"] for rule in workers["SecurityGroupEgress"])


def test_an_imported_network_gets_a_group_and_gateway_endpoints():
    resources = imported_network(Names(environment(network=IMPORTED)))

    assert sorted(set(types(resources))) == [
        "SecurityGroup",
        "SecurityGroupEgress",
        "SecurityGroupIngress",
        "VPCEndpoint",
    ]


def test_an_unknown_region_is_refused_with_the_command_that_helps():
    with pytest.raises(ManifestError) as refused:
        prefix_lists(environment(region="mx-central-1", network={"mode": "none"}))

    assert "aws ec2 describe-prefix-lists --region mx-central-1" in str(refused.value)


@pytest.mark.parametrize("network", [OWN, IMPORTED], ids=["own", "imported"])
def test_applications_run_in_the_network(network, make_project, make_job, synth):
    project = make_project(make_job(), environments=[environment(network=network)])

    stacks = synth(project)

    (application,) = (
        stacks["acme-dev-jobs-sales-0"].of_type("AWS::EMRServerless::Application").values()
    )
    assert len(application["NetworkConfiguration"]["SubnetIds"]) >= 2
    (group,) = application["NetworkConfiguration"]["SecurityGroupIds"]
    assert group["Fn::GetStackOutput"]["StackName"] == "acme-dev-network"
