"""Executions of a machine with a customer key: caller and machine both need the key."""

import json

import pytest
from botocore.exceptions import ClientError
from laptop_assemblies import REGION
from laptop_roles import allow

# Uses the server of the other tests of roles.
pytestmark = pytest.mark.slow


@pytest.fixture
def start(person):
    """Makes an encrypted machine: start(its key, its role)(client) starts it."""

    def make(arn_of_key, role):
        machine = person("stepfunctions").create_state_machine(
            name=role.name[:60],
            definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
            roleArn=role.arn,
            encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": arn_of_key},
        )["stateMachineArn"]
        return lambda client: client.start_execution(stateMachineArn=machine)["executionArn"]

    return make


def use(key, condition):
    return allow(["kms:GenerateDataKey", "kms:Decrypt"], key, Condition=condition)


def code_of(call, *args):
    with pytest.raises(ClientError) as error:
        call(*args)
    return error.value.response["Error"]["Code"]


def test_the_machines_role_needs_the_key(taking, person, key, start):
    arn = key()
    own = {"StringLike": {"kms:EncryptionContext:aws:states:stateMachineArn": "*:stateMachine:*"}}
    keyless = start(arn, taking(allow("sns:Publish", "*")))
    with_key = start(arn, taking(use(arn, own)))

    assert code_of(keyless, person("stepfunctions")) == "KmsAccessDeniedException"
    assert with_key(person("stepfunctions"))


def test_who_starts_it_needs_the_key_through_step_functions(taking, key, start):
    arn = key()
    begin = start(arn, taking(allow("kms:*", "*")))
    starts = allow("states:StartExecution", "*")
    through = {"StringEquals": {"kms:ViaService": f"states.{REGION}.amazonaws.com"}}

    assert code_of(begin, taking(starts)("stepfunctions")) == "KmsAccessDeniedException"
    assert begin(taking(starts, use(arn, through))("stepfunctions"))
