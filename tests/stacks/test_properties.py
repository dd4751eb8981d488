"""What must hold for every resource of a kind, in every environment."""

import json

KEPT = (
    "AWS::DynamoDB::Table",
    "AWS::EMRServerless::Application",
    "AWS::Glue::Database",
    "AWS::KMS::Key",
    "AWS::MSK::ServerlessCluster",
    "AWS::S3::Bucket",
)


def each(stacks, type_):
    found = [
        (f"{stack.name}/{id_}", properties)
        for stack in stacks
        for id_, properties in stack.of_type(type_).items()
    ]
    assert found, f"no {type_} in any template"
    return found


def test_no_deploy_deletes_what_nobody_could_repair(stacks):
    for stack in stacks:
        for id_, resource in stack.resources.items():
            if resource["Type"] in KEPT:
                assert resource["DeletionPolicy"] == "RetainExceptOnCreate", (stack.name, id_)
                assert resource["UpdateReplacePolicy"] == "Retain", (stack.name, id_)


def test_what_is_kept_has_a_generated_name(stacks):
    for name, bucket in each(stacks, "AWS::S3::Bucket"):
        assert "BucketName" not in bucket, name
    for name, table in each(stacks, "AWS::DynamoDB::Table"):
        assert "TableName" not in table, name


def test_buckets_are_closed_versioned_and_encrypted(stacks):
    for name, bucket in each(stacks, "AWS::S3::Bucket"):
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert "AccessControl" not in bucket
        rules = bucket["LifecycleConfiguration"]["Rules"]
        assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)
        assert any("NoncurrentVersionExpiration" in rule for rule in rules)


def test_data_buckets_have_a_customer_key_and_access_logs(stacks):
    for name, bucket in each([s for s in stacks if s.part == "lake"], "AWS::S3::Bucket"):
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = rule["ServerSideEncryptionByDefault"]
        assert default["SSEAlgorithm"] == "aws:kms", name
        assert default["KMSMasterKeyID"]
        assert rule["BucketKeyEnabled"] is True
        assert bucket["LoggingConfiguration"]["DestinationBucketName"]
        assert bucket["ObjectLockEnabled"] is True
        events = bucket["NotificationConfiguration"]["EventBridgeConfiguration"]
        assert events == {"EventBridgeEnabled": True}


def test_no_current_object_of_the_lake_ever_expires(stacks):
    for stack in stacks:
        if stack.part != "lake":
            continue
        for id_ in ("Raw", "Lake", "Checkpoints"):
            rules = stack.resources[id_]["Properties"]["LifecycleConfiguration"]["Rules"]
            assert not any("ExpirationInDays" in rule for rule in rules), id_


def test_buckets_refuse_old_or_no_tls(stacks):
    buckets = len(each(stacks, "AWS::S3::Bucket"))
    policies = each(stacks, "AWS::S3::BucketPolicy")
    assert len(policies) == buckets
    for name, policy in policies:
        sids = {statement["Sid"] for statement in policy["PolicyDocument"]["Statement"]}
        assert {"OnlyTls", "OnlyNewTls"} <= sids, name


def test_brokers_take_clients_by_iam_and_have_no_tag_that_could_change(stacks):
    for name, cluster in each(stacks, "AWS::MSK::ServerlessCluster"):
        assert cluster["ClientAuthentication"] == {"Sasl": {"Iam": {"Enabled": True}}}, name
        assert len(cluster["VpcConfigs"][0]["SubnetIds"]) >= 2
        assert "Tags" not in cluster


def test_only_the_stack_of_the_brokers_has_no_tags(assembly, project):
    for name, environment in project.environments.items():
        for stack in _stacks_of(assembly, name):
            kafka = stack["stackName"] == f"{environment.prefix}-kafka"
            assert ("tags" not in stack) == kafka, stack["stackName"]


def _stacks_of(assembly, environment):
    manifest = json.loads((assembly / f"assembly-{environment}" / "manifest.json").read_text())
    return [
        each["properties"]
        for each in manifest["artifacts"].values()
        if each["type"] == "aws:cloudformation:stack"
    ]


def test_keys_rotate_and_give_grants_to_services_only(stacks):
    for name, key in each(stacks, "AWS::KMS::Key"):
        assert key["EnableKeyRotation"] is True, name
        assert key["PendingWindowInDays"] == 30
        statements = key["KeyPolicy"]["Statement"]
        (deny,) = [each for each in statements if each["Effect"] == "Deny"]
        assert deny["Condition"] == {
            "BoolIfExists": {
                "kms:GrantIsForAWSResource": "false",
                "aws:PrincipalIsAWSService": "false",
            }
        }
        for statement in statements:
            if statement["Effect"] == "Allow":
                assert statement["Principal"] != {"AWS": "*"}
                assert not any("*" in action for action in statement["Action"])


def test_the_ledger_can_be_restored_and_not_be_deleted(stacks):
    for name, table in each(stacks, "AWS::DynamoDB::Table"):
        assert table["DeletionProtectionEnabled"] is True, name
        recovery = table["PointInTimeRecoverySpecification"]
        assert recovery == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"]["SSEType"] == "KMS"
        (index,) = table["GlobalSecondaryIndexes"]
        assert [key["AttributeName"] for key in index["KeySchema"]] == ["open", "since"]


def test_applications_are_capped_stopped_queued_and_logged(stacks, project):
    for name, application in each(stacks, "AWS::EMRServerless::Application"):
        assert set(application["MaximumCapacity"]) == {"Cpu", "Memory", "Disk"}, name
        assert application["AutoStopConfiguration"]["Enabled"] is True
        assert application["SchedulerConfiguration"]["MaxConcurrentRuns"] >= 1
        interactive = application["InteractiveConfiguration"]
        assert interactive == {"LivyEndpointEnabled": False, "StudioEnabled": False}
        monitoring = application["MonitoringConfiguration"]
        assert monitoring["S3MonitoringConfiguration"]["EncryptionKeyArn"]
        assert monitoring["ManagedPersistenceMonitoringConfiguration"]["EncryptionKeyArn"]
        logs = monitoring["CloudWatchLoggingConfiguration"]
        assert logs["EncryptionKeyArn"]
        assert logs["LogTypeMap"] == [{"Key": "SPARK_DRIVER", "Value": ["STDOUT", "STDERR"]}]
        assert "InitialCapacity" not in application, "a warm pool costs money while idle"


def test_machines_are_logged_traced_and_encrypted(stacks):
    for name, machine in each(stacks, "AWS::StepFunctions::StateMachine"):
        logging = machine["LoggingConfiguration"]
        assert logging["Level"] == "ALL", name
        assert logging["IncludeExecutionData"] is False
        assert machine["TracingConfiguration"] == {"Enabled": True}
        assert machine["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
        assert machine["StateMachineType"] == "STANDARD"


def test_schedules_try_a_little_and_then_leave_word(stacks):
    for name, schedule in each(stacks, "AWS::Scheduler::Schedule"):
        target = schedule["Target"]
        assert target["RetryPolicy"] == {
            "MaximumRetryAttempts": 3,
            "MaximumEventAgeInSeconds": 3600,
        }, name
        assert target["DeadLetterConfig"]["Arn"].startswith("arn:")
        given = json.loads(target["Input"])
        assert given["scheduled_time"] == "<aws.scheduler.scheduled-time>"
        assert given.get("by", "schedule") in ("schedule", "watchdog")
        assert schedule["ScheduleExpressionTimezone"]
        assert schedule["KmsKeyArn"]


def test_logs_are_encrypted_and_kept_as_long_as_configured(stacks, project):
    for stack in stacks:
        for group in stack.of_type("AWS::Logs::LogGroup").values():
            assert group["KmsKeyId"]
            days = project.environments[stack.environment].log_retention_days
            assert group["RetentionInDays"] == days


def test_every_alarm_tells_somebody(stacks):
    for name, alarm in each(stacks, "AWS::CloudWatch::Alarm"):
        assert alarm["AlarmActions"], name
        assert alarm["ActionsEnabled"] is True


def test_roles_have_managed_policies_and_trust_one_service_of_this_account(stacks):
    for name, role in each(stacks, "AWS::IAM::Role"):
        assert "Policies" not in role, name
        assert not any("arn:aws:iam::aws:" in str(arn) for arn in role["ManagedPolicyArns"])
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert set(statement["Principal"]) == {"Service"}
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"]
        assert statement["Condition"]["ArnLike"]["aws:SourceArn"]
    for stack in stacks:
        assert not stack.of_type("AWS::IAM::Policy")


def test_no_policy_has_a_wildcard_action_and_passing_roles_is_narrow(stacks):
    for name, policy in each(stacks, "AWS::IAM::ManagedPolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            assert not any("*" in action for action in statement["Action"]), (name, statement)
            if "iam:PassRole" in statement["Action"]:
                assert len(statement["Resource"]) == 1
                assert statement["Condition"] == {
                    "StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}
                }


def test_protected_environments_refuse_to_be_deleted(assembly, project):
    for name, environment in project.environments.items():
        manifest = json.loads((assembly / f"assembly-{name}" / "manifest.json").read_text())
        protected = {
            artifact["properties"]["terminationProtection"]
            for artifact in manifest["artifacts"].values()
            if artifact["type"] == "aws:cloudformation:stack"
        }
        assert protected == {environment.protected}


def test_no_template_asks_for_anything_but_the_bootstrap_version(stacks):
    for stack in stacks:
        assert set(stack.template.get("Parameters", {})) <= {"BootstrapVersion"}, stack.name


def test_no_lambda_hides_in_any_template(stacks):
    for stack in stacks:
        assert not stack.of_type("AWS::Lambda::Function"), stack.name
        assert not [r for r in stack.resources.values() if r["Type"].startswith("Custom::")]


def test_what_the_command_line_reads_is_published(stacks):
    outputs = {stack.part: set(stack.template.get("Outputs", {})) for stack in stacks}

    assert "LedgerName" in outputs["base"]
    assert {"RawBucketName", "LakeBucketName", "LogsBucketName"} <= outputs["lake"]
