"""Who talked to whom."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from sparkrail.identity.statements import allow, document, trust
from sparkrail.names import Names


class FlowLogs(Construct):
    """All traffic of a VPC, in an encrypted log group.

    Args:
        vpc_id: The VPC.
        key_arn: Encrypts the group.
        names: Of the environment; its configuration says how long logs are kept.
    """

    def __init__(
        self, scope: Construct, id_: str, *, vpc_id: str, key_arn: str, names: Names
    ) -> None:
        super().__init__(scope, id_)
        group = logs.CfnLogGroup(
            self,
            "Group",
            log_group_name=names.flow_logs,
            kms_key_id=key_arn,
            retention_in_days=names.environment.log_retention_days,
        )
        write = allow(
            "WriteFlowLogs",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [names.log_group_arn(names.flow_logs)],
        )
        policy = iam.CfnManagedPolicy(
            self,
            "Policy",
            description=f"Flow logs of {names.prefix}",
            policy_document=document([write]),
        )
        role = iam.CfnRole(
            self,
            "Role",
            assume_role_policy_document=trust(
                "vpc-flow-logs.amazonaws.com",
                names=names,
                source_arn=names.arn("ec2", "vpc-flow-log/*"),
            ),
            managed_policy_arns=[policy.ref],
        )
        ec2.CfnFlowLog(
            self,
            "Resource",
            resource_type="VPC",
            resource_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.attr_arn,
            deliver_logs_permission_arn=role.attr_arn,
        )
