"""The Kafka cluster is reached by IAM from the workers, and no deploy takes its records away."""

import json

import pytest
from aws_cdk import Tags
from pipelines import ROOT, environment

from sparkrail.names import Names
from sparkrail.network.imported import imported_network
from sparkrail.network.own import own_network
from sparkrail.synthesis import new_app
from sparkrail.testing.assembly import stack_templates
from stacks.platform import build

IMPORTED = {"mode": "imported", "vpc_id": "vpc-1", "subnet_ids": ("subnet-a", "subnet-b")}


@pytest.fixture
def kafka(make_project, synth, with_kafka):
    stack = synth(make_project(environments=[with_kafka()]))["acme-dev-kafka"]
    return stack.template


def output_of(reference):
    found = reference["Fn::GetStackOutput"]
    return found["StackName"], found["OutputName"]


def test_it_is_where_the_workers_are_and_takes_clients_by_iam_only(kafka):
    (cluster,) = kafka["Resources"].values()
    (network,) = cluster["Properties"]["VpcConfigs"]

    assert cluster["Properties"]["ClusterName"] == "acme-dev-kafka"
    assert cluster["Properties"]["ClientAuthentication"] == {"Sasl": {"Iam": {"Enabled": True}}}
    assert [output_of(each) for each in network["SubnetIds"]] == [
        ("acme-dev-network", "Subnet0Id"),
        ("acme-dev-network", "Subnet1Id"),
    ]
    (group,) = network["SecurityGroups"]
    assert output_of(group) == ("acme-dev-network", "BrokerSecurityGroupId")


def test_no_deploy_deletes_it_unless_it_failed_to_make_it(kafka):
    (cluster,) = kafka["Resources"].values()

    assert cluster["DeletionPolicy"] == "RetainExceptOnCreate"
    assert cluster["UpdateReplacePolicy"] == "Retain"


def test_its_arn_is_published(kafka):
    (id_,) = kafka["Resources"]

    assert kafka["Outputs"] == {"ClusterArn": {"Value": {"Fn::GetAtt": [id_, "Arn"]}}}


@pytest.mark.parametrize("protected", [True, False])
def test_its_stack_is_protected_like_all_and_comes_between_network_and_jobs(
    protected, make_project, synth, with_kafka, tmp_path
):
    project = make_project(environments=[with_kafka(protected=protected)])
    app = build(new_app(ROOT, outdir=tmp_path / "out"), project, environments=["dev"])

    stacks = {
        each.stack_name: each for each in app.synth().get_nested_assembly("assembly-dev").stacks
    }

    kafka = stacks["acme-dev-kafka"]
    assert (kafka.termination_protection or False) is protected
    before = {each.id for each in kafka.dependencies}
    assert {stacks["acme-dev-network"].id, stacks["acme-dev-base"].id} <= before
    jobs = stacks["acme-dev-jobs-sales-0"]
    assert kafka.id in {each.id for each in jobs.dependencies}


def test_no_tag_reaches_it_for_a_new_tag_would_be_a_new_cluster(make_project, with_kafka, tmp_path):
    project = make_project(environments=[with_kafka()])
    app = build(new_app(ROOT, outdir=tmp_path / "out"), project, environments=["dev"])
    for stack in app.node.find_child("dev").node.children:
        if stack.node.id == "kafka":
            Tags.of(stack).add("cost-centre", "1234")

    stacks = app.synth().get_nested_assembly("assembly-dev").stacks
    (kafka,) = [each for each in stacks if each.stack_name == "acme-dev-kafka"]
    assert kafka.tags == {}
    (template,) = [
        each.template for each in stack_templates(tmp_path / "out") if each.part == "kafka"
    ]
    assert "ags" not in json.dumps(template)


def test_an_environment_without_kafka_has_neither_stack_nor_group(make_project, synth):
    stacks = synth(make_project(environments=[environment(network={**IMPORTED})]))

    assert "acme-dev-kafka" not in stacks
    assert "Brokers" not in stacks["acme-dev-network"].template["Resources"]
    assert "BrokerSecurityGroupId" not in stacks["acme-dev-network"].template["Outputs"]


def groups_of(mode, with_kafka):
    if mode == "own":
        return own_network(Names(with_kafka()), log_key_arn="arn:key")
    on = environment(network=IMPORTED, kafka={"mode": "serverless"})
    return imported_network(Names(on))


@pytest.mark.parametrize("mode", ["own", "imported"])
def test_workers_reach_brokers_on_one_port_and_brokers_reach_nobody(mode, with_kafka):
    resources = groups_of(mode, with_kafka)
    brokers, workers = ({"Fn::GetAtt": [each, "GroupId"]} for each in ("Brokers", "Workers"))
    rules = [
        (each["Type"].removeprefix("AWS::EC2::SecurityGroup"), each["Properties"])
        for each in resources.values()
        if brokers in each["Properties"].values()
    ]

    assert sorted((kind, rule["FromPort"], rule["ToPort"]) for kind, rule in rules) == [
        ("Egress", 9098, 9098),
        ("Ingress", 9098, 9098),
    ]
    by_kind = dict(rules)
    assert by_kind["Ingress"]["SourceSecurityGroupId"] == workers
    assert by_kind["Egress"]["GroupId"] == workers
    assert all(rule["Description"] and rule["IpProtocol"] == "tcp" for _, rule in rules)
    (nowhere,) = resources["Brokers"]["Properties"]["SecurityGroupEgress"]
    assert nowhere["CidrIp"] == "127.0.0.1/32"


def test_workers_need_no_endpoint_to_find_the_brokers(with_kafka):
    assert "Endpoint" not in {
        id_ for id_, each in groups_of("own", with_kafka).items() if "kafka" in json.dumps(each)
    }
    services = [
        each["Properties"]["ServiceName"]
        for each in groups_of("own", with_kafka).values()
        if each["Type"] == "AWS::EC2::VPCEndpoint"
    ]
    assert not any(service.endswith(".kafka") for service in services)
