"""boto3 under a role against a laptop cloud: what the policies say, in the words of AWS."""

import json

import pytest
from botocore.exceptions import ClientError
from laptop_assemblies import ACCOUNT, REGION
from laptop_roles import allow, trusting

from sparklaptop.roles.keys import issue

# One server for all of them; together they are a few seconds.
pytestmark = pytest.mark.slow


def arn(service, rest):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def refused(call, *args, **kwargs):
    """Code, HTTP status and message of a refused call."""
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    answer = error.value.response
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return answer["Error"]["Code"], status, answer["Error"].get("Message", "")


def test_a_role_reads_what_it_may_and_hears_why_not(taking, lake):
    role = taking(allow("s3:GetObject", "arn:aws:s3:::lake/in/*"))
    s3 = role("s3", session="00f1")

    assert s3.get_object(Bucket=lake, Key="in/a.csv")["Body"].read() == b"x"
    code, status, message = refused(s3.get_object, Bucket=lake, Key="out/c.csv")

    assert (code, status) == ("AccessDenied", 403)
    assert message == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/00f1 is not authorized to perform: "
        's3:GetObject on resource: "arn:aws:s3:::lake/out/c.csv" because no identity-based policy '
        "allows the s3:GetObject action"
    )


def test_a_head_is_refused_without_a_word(taking, lake):
    s3 = taking(allow("s3:GetObject", "arn:aws:s3:::lake/in/*"))("s3")

    assert refused(s3.head_object, Bucket=lake, Key="out/c.csv")[:2] == ("403", 403)


def test_a_missing_key_is_403_to_who_may_not_list(taking, lake):
    read = allow("s3:GetObject", "arn:aws:s3:::lake/*")
    lists = allow(
        "s3:ListBucket",
        "arn:aws:s3:::lake",
        Condition={"StringLikeIfExists": {"s3:prefix": ["in/*"]}},
    )
    blind, seeing = taking(read)("s3"), taking(read, lists)("s3")

    assert refused(blind.head_object, Bucket=lake, Key="in/none")[1] == 403
    assert refused(blind.get_object, Bucket=lake, Key="in/none")[0] == "AccessDenied"
    assert refused(seeing.get_object, Bucket=lake, Key="in/none")[0] == "NoSuchKey"
    assert refused(seeing.list_objects_v2, Bucket=lake, Prefix="out/")[0] == "AccessDenied"
    assert seeing.list_objects_v2(Bucket=lake, Prefix="in/")["KeyCount"] == 2


def test_many_keys_are_deleted_one_by_one(taking, lake, person):
    for key in ("in/x", "out/x"):
        person("s3").put_object(Bucket=lake, Key=key, Body=b"")
    s3 = taking(allow("s3:DeleteObject", "arn:aws:s3:::lake/in/*"))("s3")

    found = s3.delete_objects(Bucket=lake, Delete={"Objects": [{"Key": "in/x"}, {"Key": "out/x"}]})

    assert [each["Key"] for each in found["Deleted"]] == ["in/x"]
    assert [(each["Key"], each["Code"]) for each in found["Errors"]] == [("out/x", "AccessDenied")]
    person("s3").head_object(Bucket=lake, Key="out/x")


def test_copies_and_parts_need_what_they_touch(taking, lake):
    write = allow(["s3:PutObject", "s3:AbortMultipartUpload"], "arn:aws:s3:::lake/out/*")
    s3 = taking(write)("s3")

    upload = s3.create_multipart_upload(Bucket=lake, Key="out/big")["UploadId"]
    which = {"Bucket": lake, "Key": "out/big", "UploadId": upload}
    s3.upload_part(**which, PartNumber=1, Body=b"x")
    assert refused(s3.list_parts, **which)[0] == "AccessDenied"
    s3.abort_multipart_upload(**which)
    source = {"Bucket": lake, "Key": "in/a.csv"}
    message = refused(s3.copy_object, Bucket=lake, Key="out/a", CopySource=source)[2]

    assert "s3:GetObject" in message


def test_a_bucket_policy_denies_whatever_iam_says(taking, person, lake):
    role = taking(allow("s3:*", "*"))
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::lake/closed/*",
        "Condition": {"StringEquals": {"aws:PrincipalArn": role.arn}},
    }
    document = {"Version": "2012-10-17", "Statement": [deny]}
    person("s3").put_bucket_policy(Bucket=lake, Policy=json.dumps(document))

    code, _, message = refused(role("s3").put_object, Bucket=lake, Key="closed/a", Body=b"")
    person("s3").delete_bucket_policy(Bucket=lake)

    assert (code, message.split("closed/a")[1]) == (
        "AccessDenied",
        '" with an explicit deny in a resource-based policy',
    )
    role("s3").put_object(Bucket=lake, Key="closed/a", Body=b"")


def encrypted_bucket(person, name, key):
    place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    person("s3").create_bucket(Bucket=name, **place)
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
    }
    person("s3").put_bucket_encryption(
        Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def test_an_encrypted_bucket_needs_its_key_through_s3_alone(taking, person, key):
    arn_of_key = key()
    encrypted_bucket(person, "secret-lake", arn_of_key)
    objects = allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::secret-lake/*")
    through = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    use = allow(["kms:GenerateDataKey", "kms:Decrypt"], arn_of_key, Condition=through)
    without, with_key = taking(objects), taking(objects, use)

    message = refused(without("s3").put_object, Bucket="secret-lake", Key="a", Body=b"x")[2]
    with_key("s3").put_object(Bucket="secret-lake", Key="a", Body=b"x")

    assert f'kms:GenerateDataKey on resource: "{arn_of_key}"' in message
    assert with_key("s3").get_object(Bucket="secret-lake", Key="a")["Body"].read() == b"x"
    assert "kms:Decrypt" in refused(without("s3").get_object, Bucket="secret-lake", Key="a")[2]
    directly = refused(with_key("kms").generate_data_key, KeyId=arn_of_key, KeySpec="AES_256")
    assert directly[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("stop", "code"),
    [("disable_key", "KMS.DisabledException"),
     ("schedule_key_deletion", "KMS.KMSInvalidStateException")],
)  # fmt: skip
def test_a_key_that_is_off_closes_the_bucket(taking, person, key, stop, code):
    arn_of_key, bucket = key(), f"off-{stop.replace('_', '-')}"
    encrypted_bucket(person, bucket, arn_of_key)
    s3 = taking(allow(["s3:*", "kms:*"], "*"))("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")

    getattr(person("kms"), stop)(KeyId=arn_of_key.rsplit("/", 1)[1])

    assert refused(s3.get_object, Bucket=bucket, Key="a")[0] == code
    assert refused(s3.put_object, Bucket=bucket, Key="b", Body=b"")[0] == code


def test_a_key_policy_decides_whether_iam_counts(taking, key):
    role = taking(allow("kms:*", "*"))
    mine = {
        "Effect": "Allow",
        "Principal": {"AWS": role.arn},
        "Action": "kms:GenerateDataKey",
        "Resource": "*",
    }
    others = {**mine, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}}
    kms = role("kms")

    kms.generate_data_key(KeyId=key(mine), KeySpec="AES_256")
    message = refused(kms.generate_data_key, KeyId=key(others), KeySpec="AES_256")[2]

    assert "because no resource-based policy allows the kms:GenerateDataKey action" in message


def test_glue_asks_for_catalog_database_and_table(taking, person):
    glue = person("glue")
    glue.create_database(DatabaseInput={"Name": "dev_health"})
    for name in ("beds", "staff"):
        glue.create_table(DatabaseName="dev_health", TableInput={"Name": name})
    places = ["catalog", "database/dev_health", "table/dev_health/beds"]
    of_table = taking(allow("glue:GetTable", *(arn("glue", each) for each in places)))("glue")
    without_database = taking(
        allow("glue:GetTable", arn("glue", "catalog"), arn("glue", "table/dev_health/*"))
    )("glue")

    assert of_table.get_table(DatabaseName="dev_health", Name="beds")["Table"]["Name"] == "beds"
    code, status, message = refused(of_table.get_table, DatabaseName="dev_health", Name="staff")
    assert (code, status) == ("AccessDeniedException", 400)
    assert "on resource: " + arn("glue", "table/dev_health/staff") in message
    message = refused(without_database.get_table, DatabaseName="dev_health", Name="beds")[2]
    assert arn("glue", "database/dev_health") in message


def test_dynamodb_asks_for_each_item_and_its_partition_key(taking, person):
    person("dynamodb").create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    own = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["job#sales"]}}
    table = arn("dynamodb", "table/ledger")
    actions = ["dynamodb:PutItem", "dynamodb:Query"]
    dynamodb = taking(allow(actions, table, Condition=own))("dynamodb")

    def put(pk):
        return {"Put": {"TableName": "ledger", "Item": {"pk": {"S": pk}}}}

    def query(pk):
        return {
            "TableName": "ledger",
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": {"#p": "pk"},
            "ExpressionAttributeValues": {":p": {"S": pk}},
        }

    dynamodb.transact_write_items(TransactItems=[put("job#sales")])
    assert dynamodb.query(**query("job#sales"))["Count"] == 1
    assert refused(dynamodb.query, **query("job#beds"))[0] == "AccessDeniedException"
    both = [put("job#sales"), put("job#beds")]
    assert "dynamodb:PutItem" in refused(dynamodb.transact_write_items, TransactItems=both)[2]
    check = {
        "ConditionCheck": {
            "TableName": "ledger",
            "Key": {"pk": {"S": "job#sales"}},
            "ConditionExpression": "attribute_exists(pk)",
        }
    }
    message = refused(dynamodb.transact_write_items, TransactItems=[check])[2]
    assert "dynamodb:ConditionCheckItem" in message


def test_a_secret_is_named_without_its_six_letters(taking, person):
    person("secretsmanager").create_secret(Name="api", SecretString="s")
    statement = allow("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:api-??????"))
    secrets = taking(statement)("secretsmanager")

    assert secrets.get_secret_value(SecretId="api")["SecretString"] == "s"
    assert refused(secrets.describe_secret, SecretId="api")[0] == "AccessDeniedException"


def test_messages_are_refused_as_each_protocol_has_it(taking, person, key):
    topic = person("sns").create_topic(Name="alarms", Attributes={"KmsMasterKeyId": key()})
    queue = person("sqs").create_queue(QueueName="letters", Attributes={"KmsMasterKeyId": key()})
    nothing = taking(allow("s3:GetObject", "*"))
    message = {"TopicArn": topic["TopicArn"], "Message": "m"}
    letter = {"QueueUrl": queue["QueueUrl"], "MessageBody": "m"}

    assert refused(nothing("sns").publish, **message)[:2] == ("AuthorizationError", 403)
    assert refused(nothing("sqs").send_message, **letter)[1] == 400
    keyless = taking(allow(["sns:Publish", "sqs:SendMessage"], "*"))
    assert "kms:GenerateDataKey" in refused(keyless("sns").publish, **message)[2]
    assert "kms:GenerateDataKey" in refused(keyless("sqs").send_message, **letter)[2]
    everything = taking(allow(["sns:*", "sqs:*", "kms:*"], "*"))
    everything("sns").publish(**message)
    everything("sqs").send_message(**letter)


def test_events_go_to_the_bus_that_is_allowed(taking, person):
    person("events").create_event_bus(Name="dev-events")
    source = {"ForAllValues:StringEquals": {"events:source": ["dev"]}}
    bus = arn("events", "event-bus/dev-events")
    events = taking(allow("events:PutEvents", bus, Condition=source))("events")
    entry = {"EventBusName": "dev-events", "Source": "dev", "DetailType": "t", "Detail": "{}"}

    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    for other in ({**entry, "EventBusName": "default"}, {**entry, "Source": "prod"}):
        assert refused(events.put_events, Entries=[other])[0] == "AccessDeniedException"


def test_a_run_needs_the_role_to_be_passed_and_its_tags_to_be_allowed(taking, person):
    emr = person("emr-serverless")
    wanted = {"name": "a", "releaseLabel": "emr-7.14.0", "type": "SPARK"}
    application = emr.create_application(**wanted, tags={"team": "health"})["applicationId"]
    job = taking(allow("s3:GetObject", "*"))
    place = arn("emr-serverless", f"/applications/{application}")
    ours = {"StringEquals": {"aws:ResourceTag/team": "health"}}
    start = allow("emr-serverless:StartJobRun", place, Condition=ours)
    passing = allow(
        "iam:PassRole",
        job.arn,
        Condition={"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}},
    )
    run = {
        "applicationId": application,
        "executionRoleArn": job.arn,
        "jobDriver": {"sparkSubmit": {"entryPoint": "s3://x/ok.py"}},
    }

    code, status, message = refused(taking(start)("emr-serverless").start_job_run, **run)
    assert (code, status) == ("AccessDeniedException", 403)
    assert f"iam:PassRole on resource: {job.arn}" in message
    both = taking(start, passing)("emr-serverless")
    message = refused(both.start_job_run, **run, tags={"run": "k"})[2]
    assert "emr-serverless:TagResource" in message
    assert both.start_job_run(**run)["jobRunId"]


def test_a_machine_calls_under_its_role(taking, person):
    person("sns").create_topic(Name="told")
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": arn("sns", "told"), "Message": "m"},
        "Catch": [{"ErrorEquals": ["SNS.AuthorizationErrorException"], "Next": "Refused"}],
        "End": True,
    }
    listing = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets",
        "End": True,
    }
    states = {"Refused": {"Type": "Pass", "End": True}}
    role = taking(allow("sns:Publish", arn("sns", "told")))

    def outcome(state):
        api = person("stepfunctions")
        made = api.create_state_machine(
            name=f"m{state['Resource'][-4:]}",
            definition=json.dumps(
                {"StartAt": "Do", "States": {"Do": state, **states}}
                if "Catch" in state
                else {"StartAt": "Do", "States": {"Do": state}}
            ),
            roleArn=role.arn,
        )["stateMachineArn"]
        started = api.start_execution(stateMachineArn=made, name="k1")["executionArn"]
        for _ in range(200):
            found = api.describe_execution(executionArn=started)
            if found["status"] != "RUNNING":
                return found
        return found

    assert outcome(publish)["status"] == "SUCCEEDED"
    failed = outcome(listing)
    assert (failed["status"], failed["error"]) == ("FAILED", "S3.AccessDeniedException")
    assert f"assumed-role/{role.name}/k1 is not authorized to perform" in failed["cause"]


def test_a_machine_of_a_role_that_does_not_trust_it_is_refused(taking, person):
    other = {"ArnLike": {"aws:SourceArn": arn("states", "stateMachine:another")}}
    role = taking(allow("*", "*"), trust=trusting("states.amazonaws.com", condition=other))
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    wanted = {"definition": definition, "roleArn": role.arn}
    states = person("stepfunctions")

    code, status, message = refused(states.create_state_machine, name="mine", **wanted)

    assert (code, status) == ("AccessDeniedException", 400)
    assert message.startswith("Neither the global service principal states.amazonaws.com")
    assert states.create_state_machine(name="another", **wanted)["stateMachineArn"]


def test_a_schedule_needs_a_role_that_trusts_its_group(taking, person):
    role = taking(allow("*", "*"), trust=trusting("states.amazonaws.com"))
    target = {"Arn": arn("states", "stateMachine:m"), "RoleArn": role.arn}

    code, _, message = refused(
        person("scheduler").create_schedule,
        Name="s",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )

    assert (code, message) == (
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    )


def test_an_operator_that_is_not_known_is_refused_when_the_policy_is_made(person):
    odd = allow("s3:*", "*", Condition={"StringSounds": {"aws:username": "x"}})
    document = json.dumps({"Version": "2012-10-17", "Statement": [odd]})

    code, status, message = refused(
        person("iam").create_policy, PolicyName="odd", PolicyDocument=document
    )

    assert (code, status) == ("MalformedPolicyDocument", 400)
    assert "condition operator StringSounds is not known" in message


def test_a_boundary_limits_a_role(taking, person, lake):
    document = {"Version": "2012-10-17", "Statement": [allow("s3:Get*", "*")]}
    boundary = person("iam").create_policy(PolicyName="limit", PolicyDocument=json.dumps(document))[
        "Policy"
    ]["Arn"]
    s3 = taking(allow("s3:*", "*"), PermissionsBoundary=boundary)("s3")

    s3.get_object(Bucket=lake, Key="in/a.csv")
    message = refused(s3.put_object, Bucket=lake, Key="in/n", Body=b"")[2]

    assert "because no permissions boundary allows the s3:PutObject action" in message


def test_a_service_that_is_not_mapped_is_evaluated_all_the_same(taking):
    ssm = taking(allow("ssm:GetParameter", "*"))("ssm")

    assert ssm.get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"]
    assert refused(ssm.describe_parameters)[0] == "AccessDeniedException"


def test_who_one_is_anyone_may_ask(taking):
    role = taking(allow("s3:GetObject", "*"))

    found = role("sts", session="00f1").get_caller_identity()["Arn"]

    assert found == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/00f1"


def test_a_session_that_the_server_does_not_know_is_nobody(cloud, lake):
    from laptop_roles import client

    stale = issue(f"arn:aws:iam::{ACCOUNT}:role/gone", "yesterday")

    assert refused(client(cloud, "s3", stale).list_buckets)[0] == "InvalidAccessKeyId"


def test_denials_are_kept_and_statements_that_served_are_known(taking, lake, ask):
    role = taking(
        allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::lake/in/*", Sid="Files"),
        allow("glue:GetTable", "*", Sid="Catalog"),
    )
    s3 = role("s3", session="run-77")
    s3.get_object(Bucket=lake, Key="in/a.csv")
    refused(s3.get_object, Bucket=lake, Key="out/c.csv")

    denials = ask("denials?session=run-77")["denials"]
    shown = next(each for each in ask("statements")["roles"] if each["role"] == role.name)

    assert [(d["role"], d["action"], d["resource"]) for d in denials] == [
        (role.name, "s3:GetObject", "arn:aws:s3:::lake/out/c.csv")
    ]
    found = {
        each["sid"]: (each["exercised"], each["actions"], each["unused_actions"])
        for each in shown["statements"]
    }
    assert found == {
        "Files": (True, {"s3:GetObject": 1}, ["s3:PutObject"]),
        "Catalog": (False, {}, ["glue:GetTable"]),
    }
