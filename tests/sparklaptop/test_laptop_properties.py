"""What a template says of a resource is what the service then answers."""

import json

import pytest
from laptop_assemblies import ACCOUNT, REGION, att, ref, role, template, write
from laptop_clock import open_to_services

TLS_ONLY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Tls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}


@pytest.fixture(scope="module")
def made(laptop, client, tmp_path_factory):
    """One stack with the types that sparkrail emits; physical ids by logical id."""
    resources = {**storage(), **messages(), **control()}
    folder = write(tmp_path_factory.mktemp("out"), {"all": template(resources)})
    laptop.deploy(folder, print)
    found = client("cloudformation").describe_stack_resources(StackName="all")["StackResources"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


def storage():
    policy = {"Version": "2012-10-17", "Statement": []}
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "open")]
    bucket = {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {
                    "BucketKeyEnabled": True,
                    "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": att("Key", "Arn"),
                    },
                }
            ]
        },
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "Id": "Old",
                    "Status": "Enabled",
                    "ExpiredObjectDeleteMarker": True,
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        },
        "LoggingConfiguration": {"DestinationBucketName": ref("Access"), "LogFilePrefix": "raw/"},
        "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    table = {
        "AttributeDefinitions": attributes,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "open",
                "KeySchema": [{"AttributeName": "open", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {
            "SSEEnabled": True,
            "SSEType": "KMS",
            "KMSMasterKeyId": att("Key", "Arn"),
        },
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }
    key = {"KeyPolicy": policy, "EnableKeyRotation": True, "Description": "of the data"}
    return {
        "Key": {"Type": "AWS::KMS::Key", "Properties": key},
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": "alias/data", "TargetKeyId": att("Key", "Arn")},
        },
        "Access": {"Type": "AWS::S3::Bucket"},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket},
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": ref("Bucket"), "PolicyDocument": TLS_ONLY},
        },
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": "/all",
                "RetentionInDays": 365,
                "KmsKeyId": att("Key", "Arn"),
            },
        },
    }


def messages():
    queue = {"KmsMasterKeyId": ref("Key"), "MessageRetentionPeriod": 1209600}
    subscription = {
        "TopicArn": ref("Topic"),
        "Protocol": "sqs",
        "Endpoint": att("Queue", "Arn"),
        "RawMessageDelivery": True,
    }
    return {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": "all", "KmsMasterKeyId": ref("Key")},
        },
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [ref("Topic")], "PolicyDocument": TLS_ONLY},
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [ref("Queue")], "PolicyDocument": TLS_ONLY},
        },
        "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
        "Bus": {
            "Type": "AWS::Events::EventBus",
            "Properties": {"Name": "all", "KmsKeyIdentifier": att("Key", "Arn")},
        },
    }


def control():
    definition = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "${W}", "End": True}}}
    machine = {
        "StateMachineName": "all",
        "RoleArn": att("Role", "Arn"),
        "DefinitionString": json.dumps(definition),
        "DefinitionSubstitutions": {"W": 'a "quoted" word'},
        "TracingConfiguration": {"Enabled": True},
        "LoggingConfiguration": {
            "Level": "ALL",
            "IncludeExecutionData": False,
            "Destinations": [
                {"CloudWatchLogsLogGroup": {"LogGroupArn": att("Logs", "Arn")}},
            ],
        },
    }
    target = {
        "Arn": ref("Machine"),
        "RoleArn": att("Role", "Arn"),
        "Input": '{"scheduled_time":"<aws.scheduler.scheduled-time>"}',
        "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3},
        "DeadLetterConfig": {"Arn": att("Queue", "Arn")},
    }
    schedule = {
        "GroupName": ref("Group"),
        "Name": "all",
        "ScheduleExpression": "cron(30 6 * * ? *)",
        "ScheduleExpressionTimezone": "America/New_York",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": "DISABLED",
        "Target": target,
    }
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = {
        "ManagedPolicyName": "all",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "Roles": [ref("Role")],
    }
    return {
        "Role": role("all", ["states.amazonaws.com", "scheduler.amazonaws.com"]),
        "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "team"}},
        "Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": schedule},
    }


def test_a_bucket(made, client):
    s3, name = client("s3"), made["Bucket"]

    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
    rule = encryption["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].endswith(made["Key"])
    assert rule["BucketKeyEnabled"] is True
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]
    assert lifecycle["NoncurrentVersionExpiration"]["NoncurrentDays"] == 90
    assert lifecycle["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
    logged = s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]
    assert (logged["TargetBucket"], logged["TargetPrefix"]) == (made["Access"], "raw/")
    lock = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    assert lock["ObjectLockEnabled"] == "Enabled"
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    assert policy["Statement"][0]["Sid"] == "Tls"
    place = s3.get_bucket_location(Bucket=name)["LocationConstraint"]
    assert place == REGION


def test_a_bucket_tells_the_event_bus_of_new_objects(made, client):
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:of-events"
    policy = json.dumps(open_to_services("sqs:SendMessage", arn))
    made_queue = client("sqs").create_queue(QueueName="of-events", Attributes={"Policy": policy})
    events = client("events")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [made["Bucket"]]}}}
    events.put_rule(Name="of-the-bucket", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="of-the-bucket", Targets=[{"Id": "q", "Arn": arn}])

    client("s3").put_object(Bucket=made["Bucket"], Key="hhs/a.csv", Body=b"x")

    told = client("sqs").receive_message(QueueUrl=made_queue["QueueUrl"], WaitTimeSeconds=2)
    message = told["Messages"][0]
    assert json.loads(message["Body"])["detail"]["object"]["key"] == "hhs/a.csv"


def test_a_table(made, client):
    dynamodb, name = client("dynamodb"), made["Table"]

    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["GlobalSecondaryIndexes"][0]["IndexName"] == "open"
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSEDescription"]["KMSMasterKeyArn"].endswith(made["Key"])
    backups = dynamodb.describe_continuous_backups(TableName=name)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (expiry["AttributeName"], expiry["TimeToLiveStatus"]) == ("expires", "ENABLED")


def test_a_key_and_its_alias(made, client):
    kms = client("kms")

    assert kms.get_key_rotation_status(KeyId=made["Key"])["KeyRotationEnabled"]
    described = kms.describe_key(KeyId="alias/data")["KeyMetadata"]
    assert (described["KeyId"], described["Description"]) == (made["Key"], "of the data")


def test_a_log_group(made, client):
    group = client("logs").describe_log_groups(logGroupNamePrefix="/all")["logGroups"][0]

    assert group["retentionInDays"] == 365
    assert group["kmsKeyId"].endswith(made["Key"])


def test_a_topic_tells_its_subscribers(made, client):
    sns, sqs = client("sns"), client("sqs")
    attributes = sns.get_topic_attributes(TopicArn=made["Topic"])["Attributes"]
    assert attributes["KmsMasterKeyId"] == made["Key"]
    assert json.loads(attributes["Policy"])["Statement"][0]["Sid"] == "Tls"

    sns.publish(TopicArn=made["Topic"], Message="it failed")

    message = sqs.receive_message(QueueUrl=made["Queue"], WaitTimeSeconds=2)["Messages"][0]
    assert message["Body"] == "it failed"
    found = sqs.get_queue_attributes(QueueUrl=made["Queue"], AttributeNames=["All"])["Attributes"]
    assert found["KmsMasterKeyId"] == made["Key"]
    assert json.loads(found["Policy"])["Statement"][0]["Sid"] == "Tls"


def test_a_bus(made, client):
    bus = client("events").describe_event_bus(Name="all")

    assert bus["Arn"] == f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/all"
    assert bus["KmsKeyIdentifier"].endswith(made["Key"])


def test_a_role_with_its_managed_policy(made, client):
    attached = client("iam").list_attached_role_policies(RoleName="all")["AttachedPolicies"]

    assert [policy["PolicyName"] for policy in attached] == ["all"]


def test_a_machine_with_its_substitutions(made, client):
    found = client("stepfunctions").describe_state_machine(stateMachineArn=made["Machine"])

    state = json.loads(found["definition"])["States"]["P"]
    assert state["Result"] == 'a "quoted" word'
    assert found["loggingConfiguration"]["level"] == "ALL"
    assert found["tracingConfiguration"]["enabled"] is True


def test_a_schedule_with_its_zone_retries_and_dead_letters(made, client):
    found = client("scheduler").get_schedule(GroupName="team", Name="all")

    assert found["ScheduleExpressionTimezone"] == "America/New_York"
    assert found["State"] == "DISABLED"
    assert found["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 3
    assert found["Target"]["DeadLetterConfig"]["Arn"].startswith("arn:aws:sqs")
    assert found["Target"]["Arn"] == made["Machine"]
