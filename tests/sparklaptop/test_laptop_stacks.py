"""A changed template changes the running cloud, and nothing in it is lost."""

import pytest
from botocore.exceptions import ClientError
from laptop_assemblies import att, ref, role, template, weak

from sparklaptop import LaptopError

RETAINED = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
KEYS = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "open", "since")]
INDEX = {
    "IndexName": "open",
    "KeySchema": [
        {"AttributeName": "open", "KeyType": "HASH"},
        {"AttributeName": "since", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
}


def ledger(*, index=True, **more):
    names = ("pk", "sk", "open", "since") if index else ("pk", "sk")
    properties = {
        "AttributeDefinitions": [one for one in KEYS if one["AttributeName"] in names],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": [INDEX]} if index else {}),
        **more,
    }
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties, **RETAINED}


def topic(name=None, **more):
    named = {"TopicName": name} if name else {}
    return {"Type": "AWS::SNS::Topic", "Properties": {**named, **more}}


def key(rotation=True):
    policy = {"Version": "2012-10-17", "Statement": []}
    properties = {"KeyPolicy": policy, "EnableKeyRotation": rotation}
    return {"Type": "AWS::KMS::Key", "Properties": properties, **RETAINED}


def bucket(**properties):
    return {"Type": "AWS::S3::Bucket", "Properties": properties, **RETAINED}


def database(name):
    properties = {"CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": name}}
    return {"Type": "AWS::Glue::Database", "Properties": properties, **RETAINED}


@pytest.fixture
def outputs(client):
    def do(stack):
        found = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    return do


@pytest.fixture
def physical(client):
    def do(stack):
        found = client("cloudformation").describe_stack_resources(StackName=stack)
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found["StackResources"]
        }

    return do


def test_data_and_physical_ids_survive_every_change(deploy, client, physical):
    before = {
        "Key": key(),
        "Bucket": bucket(),
        "Ledger": ledger(),
        "Database": database("survivor"),
        "Topic": topic(),
    }
    deploy({"alive": template(before)})
    ids = physical("alive")
    client("s3").put_object(Bucket=ids["Bucket"], Key="a/b.csv", Body=b"k,v\n")
    row = {"pk": {"S": "job#a"}, "sk": {"S": "lock"}, "open": {"S": "1"}, "since": {"S": "x"}}
    client("dynamodb").put_item(TableName=ids["Ledger"], Item=row)
    client("glue").create_table(DatabaseName="survivor", TableInput={"Name": "t"})
    after = {
        "Key": key(rotation=False),
        "Bucket": bucket(
            VersioningConfiguration={"Status": "Enabled"},
            Tags=[{"Key": "team", "Value": "health"}],
        ),
        "Ledger": ledger(DeletionProtectionEnabled=True, Tags=[{"Key": "a", "Value": "b"}]),
        "Database": {
            **database("survivor"),
            "Properties": {
                "CatalogId": {"Ref": "AWS::AccountId"},
                "DatabaseInput": {"Name": "survivor", "Description": "changed"},
            },
        },
        "Topic": topic(DisplayName="changed"),
        "Queue": {"Type": "AWS::SQS::Queue"},
    }

    done = deploy({"alive": template(after)})

    now = physical("alive")
    assert done.updated == ("alive",)
    assert {name: now[name] for name in ids} == ids
    body = client("s3").get_object(Bucket=ids["Bucket"], Key="a/b.csv")["Body"].read()
    assert body == b"k,v\n"
    assert client("dynamodb").scan(TableName=ids["Ledger"])["Items"] == [row]
    assert client("glue").get_table(DatabaseName="survivor", Name="t")["Table"]["Name"] == "t"
    assert client("kms").get_key_rotation_status(KeyId=ids["Key"])["KeyRotationEnabled"] is False
    versioning = client("s3").get_bucket_versioning(Bucket=ids["Bucket"])
    assert versioning["Status"] == "Enabled"
    description = client("glue").get_database(Name="survivor")["Database"]["Description"]
    assert description == "changed"
    attributes = client("sns").get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]
    assert attributes["DisplayName"] == "changed"


def test_an_index_comes_and_goes_and_the_items_stay(deploy, client, physical):
    deploy({"indexed": template({"Ledger": ledger(index=False)})})
    table = physical("indexed")["Ledger"]
    row = {"pk": {"S": "a"}, "sk": {"S": "b"}, "open": {"S": "1"}, "since": {"S": "x"}}
    client("dynamodb").put_item(TableName=table, Item=row)

    deploy({"indexed": template({"Ledger": ledger()})})

    found = client("dynamodb").query(
        TableName=table,
        IndexName="open",
        KeyConditionExpression="#o = :o",
        ExpressionAttributeNames={"#o": "open"},
        ExpressionAttributeValues={":o": {"S": "1"}},
    )
    assert found["Items"] == [row]
    deploy({"indexed": template({"Ledger": ledger(index=False)})})
    described = client("dynamodb").describe_table(TableName=table)["Table"]
    assert not described.get("GlobalSecondaryIndexes")
    assert client("dynamodb").scan(TableName=table)["Items"] == [row]


def test_an_unchanged_stack_is_skipped(deploy):
    same = {"same": template({"Topic": topic()})}
    deploy(same)

    done = deploy(same)

    assert (done.created, done.updated, done.unchanged) == ((), (), ("same",))


def test_what_is_removed_goes_unless_it_is_retained(deploy, client, physical):
    deploy({"less": template({"Kept": bucket(), "Topic": topic(), "Other": topic()})})
    ids = physical("less")

    deploy({"less": template({"Other": topic()})})

    assert list(physical("less")) == ["Other"]
    client("s3").head_bucket(Bucket=ids["Kept"])
    with pytest.raises(ClientError, match="NotFound"):
        client("sns").get_topic_attributes(TopicArn=ids["Topic"])


def test_a_bucket_with_objects_is_not_deleted_and_that_is_said(deploy, client, physical):
    plain = {"Type": "AWS::S3::Bucket"}
    deploy({"full": template({"Full": plain, "Topic": topic()})})
    name = physical("full")["Full"]
    client("s3").put_object(Bucket=name, Key="a", Body=b"x")

    deploy({"full": template({"Topic": topic()})})

    client("s3").head_object(Bucket=name, Key="a")
    events = client("cloudformation").describe_stack_events(StackName="full")["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events]
    assert any(f"{name} could not be deleted and stays" in reason for reason in reasons)


def test_a_failed_update_puts_everything_back_and_names_the_culprit(deploy, client, physical):
    deploy({"fails": template({"Topic": topic(DisplayName="old"), "Gone": topic()})})
    ids = physical("fails")
    bad = {
        "Topic": topic(DisplayName="new"),
        "Extra": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "extra-of-a-failure"}},
        "Wrong": {
            "Type": "AWS::SNS::Subscription",
            "DependsOn": ["Extra", "Topic"],
            "Properties": {
                "TopicArn": "arn:aws:sns:eu-central-1:1:nope",
                "Protocol": "sqs",
                "Endpoint": "x",
            },
        },
    }

    with pytest.raises(LaptopError, match=r"Wrong \(AWS::SNS::Subscription\)") as failure:
        deploy({"fails": template(bad)})

    assert "what was done was put back" in str(failure.value)
    assert physical("fails") == ids
    attributes = client("sns").get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]
    assert attributes["DisplayName"] == "old"
    client("sns").get_topic_attributes(TopicArn=ids["Gone"])
    assert "QueueUrls" not in client("sqs").list_queues(QueueNamePrefix="extra-of-a-failure")
    status = client("cloudformation").describe_stacks(StackName="fails")["Stacks"][0]["StackStatus"]
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    good = {"Topic": topic(DisplayName="newer"), "Gone": topic()}
    assert deploy({"fails": template(good)}).updated == ("fails",)


def test_a_failed_creation_leaves_nothing_and_can_be_repeated(deploy, client):
    bucket_of_failure = bucket(BucketName="of-a-failed-creation")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    wrong = {
        "Type": "AWS::IAM::ManagedPolicy",
        "DependsOn": ["Bucket", "Table"],
        "Properties": {
            "ManagedPolicyName": "of-a-failed-creation",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "Roles": ["nobody"],
        },
    }
    table = ledger(TableName="of-a-failed-creation", DeletionProtectionEnabled=True)
    resources = {"Bucket": bucket_of_failure, "Table": table, "Wrong": wrong}

    with pytest.raises(LaptopError, match=r"Wrong \(AWS::IAM::ManagedPolicy\).*nobody"):
        deploy({"never": template(resources)})

    with pytest.raises(ClientError):
        client("cloudformation").describe_stacks(StackName="never")
    with pytest.raises(ClientError):
        client("s3").head_bucket(Bucket="of-a-failed-creation")
    assert "of-a-failed-creation" not in client("dynamodb").list_tables()["TableNames"]
    policies = client("iam").list_policies(Scope="Local")["Policies"]
    assert "of-a-failed-creation" not in {policy["PolicyName"] for policy in policies}
    assert deploy({"never": template({"Bucket": bucket_of_failure})}).created == ("never",)


def test_every_unknown_type_and_property_is_named_before_anything_is_touched(deploy, client):
    resources = {
        "Fine": topic(name="never-made"),
        "Odd": {"Type": "AWS::QLDB::Ledger"},
        "Table": ledger(KinesisStreamSpecification={"StreamArn": "x"}),
    }

    with pytest.raises(LaptopError) as refusal:
        deploy({"unknown": template(resources)})

    words = str(refusal.value)
    assert "stack unknown was refused, nothing was changed" in words
    assert "Odd (AWS::QLDB::Ledger): the laptop cloud has no such type" in words
    assert "Table (AWS::DynamoDB::Table), property KinesisStreamSpecification" in words
    topics = client("sns").list_topics()["Topics"]
    assert not [one for one in topics if one["TopicArn"].endswith(":never-made")]


def test_a_part_of_a_property_that_would_be_ignored_is_an_error_too(deploy):
    rules = {"Rules": [{"Status": "Enabled", "TagFilters": [{"Key": "a", "Value": "b"}]}]}

    with pytest.raises(LaptopError, match=r"property LifecycleConfiguration.Rules.TagFilters"):
        deploy({"partly": template({"Bucket": bucket(LifecycleConfiguration=rules)})})


def test_types_without_meaning_on_a_laptop_are_kept_with_ids_and_attributes(deploy, outputs):
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": ref("Vpc"), "AvailabilityZone": "eu-central-1a"},
        },
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "late"}},
    }

    deploy(
        {
            "network": template(
                resources,
                Subnet=ref("Subnet"),
                Zone=att("Subnet", "AvailabilityZone"),
                Vpc=att("Subnet", "VpcId"),
                Alarm=att("Alarm", "Arn"),
            )
        }
    )

    found = outputs("network")
    assert found["Subnet"].startswith("subnet-")
    assert found["Vpc"].startswith("vpc-")
    assert found["Zone"] == "eu-central-1a"
    assert found["Alarm"].endswith(":alarm:late")


def test_a_weak_reference_follows_when_what_it_names_is_replaced(deploy, outputs, client):
    def stacks(name):
        policy = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Action": "sns:Publish", "Resource": weak("giver", "T")}
                    ],
                }
            },
        }
        return {
            "giver": template({"Topic": topic(name=name)}, T=ref("Topic")),
            "taker": template({"Policy": policy}, Policy=ref("Policy")),
        }

    needs = {"taker": ["giver"]}
    deploy(stacks("first"), needs=needs)
    arn = outputs("taker")["Policy"]

    done = deploy(stacks("second"), needs=needs)

    assert done.updated == ("giver", "taker")
    assert outputs("taker")["Policy"] == arn
    version = client("iam").get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = client("iam").get_policy_version(PolicyArn=arn, VersionId=version)
    resource = document["PolicyVersion"]["Document"]["Statement"][0]["Resource"]
    assert resource.endswith(":second")


def test_a_weak_reference_to_nothing_says_what_is_missing(deploy):
    with pytest.raises(LaptopError, match=r"stack nowhere does not exist .*deploy it first"):
        deploy({"dangling": template({"T": topic(DisplayName=weak("nowhere", "X"))})})


def test_a_named_resource_that_must_be_replaced_asks_for_another_name(deploy):
    def table(hash_key):
        made = {
            "TableName": "named",
            "AttributeDefinitions": [{"AttributeName": hash_key, "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": hash_key, "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        return template({"Table": {"Type": "AWS::DynamoDB::Table", "Properties": made}})

    deploy({"named": table("a")})

    with pytest.raises(LaptopError, match=r"property KeySchema: .*change the name too"):
        deploy({"named": table("b")})


def test_a_role_changes_in_place(deploy, client):
    def stack(action):
        made = role("in-place", "states.amazonaws.com")
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}],
        }
        made["Properties"]["Policies"] = [{"PolicyName": "p", "PolicyDocument": document}]
        return {"roles": template({"Role": made})}

    deploy(stack("s3:GetObject"))
    identity = client("iam").get_role(RoleName="in-place")["Role"]["RoleId"]

    deploy(stack("s3:PutObject"))

    assert client("iam").get_role(RoleName="in-place")["Role"]["RoleId"] == identity


def test_deleting_a_stack_keeps_what_is_retained(deploy, client, physical):
    deploy({"gone": template({"Kept": bucket(), "Topic": topic()})})
    ids = physical("gone")

    client("cloudformation").delete_stack(StackName="gone")

    client("s3").head_bucket(Bucket=ids["Kept"])
    with pytest.raises(ClientError):
        client("sns").get_topic_attributes(TopicArn=ids["Topic"])
    with pytest.raises(ClientError):
        client("cloudformation").describe_stacks(StackName="gone")


def test_a_resource_gets_the_tags_of_its_stack(deploy, client, outputs):
    own = {"Tags": [{"Key": "team", "Value": "shop"}, {"Key": "stage", "Value": "own"}]}
    stack = {"tagged": template({"Topic": topic(**own)}, Arn=ref("Topic"))}
    deploy(stack, tags={"project": "acme", "stage": "dev"})

    def tags():
        arn = outputs("tagged")["Arn"]
        found = client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    assert tags() == {"project": "acme", "stage": "own", "team": "shop"}
    deploy(stack, tags={"project": "other", "stage": "dev"})
    assert tags()["project"] == "other"
