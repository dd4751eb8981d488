"""Who talked to whom."""

from __future__ import annotations

from sparkrail.fragment import Resources, resource
from sparkrail.identity.statements import allow, managed_policy, role, trust
from sparkrail.names import Names


def flow_logs(vpc_id: object, *, key_arn: str, names: Names) -> Resources:
    """Write the logs of all traffic of a VPC, in an encrypted group.

    Args:
        vpc_id: The VPC.
        key_arn: Encrypts the group.
        names: Of the environment; its configuration says how long logs are kept.
    """
    group = {
        "LogGroupName": names.flow_logs,
        "KmsKeyId": key_arn,
        "RetentionInDays": names.environment.log_retention_days,
    }
    write = allow(
        "WriteFlowLogs",
        ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        [names.log_group_arn(names.flow_logs)],
    )
    flow_log = {
        "ResourceType": "VPC",
        "ResourceId": vpc_id,
        "TrafficType": "ALL",
        "LogDestinationType": "cloud-watch-logs",
        "LogDestination": {"Fn::GetAtt": ["FlowLogGroup", "Arn"]},
        "DeliverLogsPermissionArn": {"Fn::GetAtt": ["FlowLogRole", "Arn"]},
    }
    delivery = trust(
        "vpc-flow-logs.amazonaws.com", names=names, source_arn=names.arn("ec2", "vpc-flow-log/*")
    )
    return {
        "FlowLogGroup": resource("AWS::Logs::LogGroup", group),
        "FlowLogPolicy": managed_policy(f"Flow logs of {names.prefix}", [write]),
        "FlowLogRole": role(
            f"{names.prefix}-flow-logs", trust_policy=delivery, policies=[{"Ref": "FlowLogPolicy"}]
        ),
        "FlowLog": resource("AWS::EC2::FlowLog", flow_log),
    }
