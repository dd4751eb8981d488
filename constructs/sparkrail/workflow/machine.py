"""A state machine as a resource: logged, traced, encrypted with a customer key."""

from __future__ import annotations

from collections.abc import Mapping

from sparkrail.fragment import Resource, resource


def machine(
    name: str,
    definition: str,
    *,
    substitutions: Mapping[str, str],
    role: str,
    logs_arn: object,
    key_arn: str,
    **attributes: object,
) -> Resource:
    """Write a standard state machine.

    Args:
        name: Physical name, so that others can build the ARN.
        definition: As JSON; `${Name}` in it is filled in by the deploy.
        substitutions: What it is filled in with.
        role: Logical id of its role, in the same fragment.
        logs_arn: ARN of its log group, or a reference to it.
        key_arn: Encrypts its data.
        attributes: Such as `DependsOn`. Default: none.
    """
    logs = {"CloudWatchLogsLogGroup": {"LogGroupArn": logs_arn}}
    properties = {
        "StateMachineName": name,
        "StateMachineType": "STANDARD",
        "RoleArn": {"Fn::GetAtt": [role, "Arn"]},
        "DefinitionString": definition,
        "DefinitionSubstitutions": dict(substitutions),
        "LoggingConfiguration": {
            "Level": "ALL",
            "IncludeExecutionData": False,
            "Destinations": [logs],
        },
        "TracingConfiguration": {"Enabled": True},
        "EncryptionConfiguration": {
            "Type": "CUSTOMER_MANAGED_KMS_KEY",
            "KmsKeyId": key_arn,
            "KmsDataKeyReusePeriodSeconds": 900,
        },
    }
    return resource("AWS::StepFunctions::StateMachine", properties, **attributes)
