"""The bucket for access logs of all other buckets."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sparkrail.identity.bucket_policies import access_logs_policy
from sparkrail.lake.data_bucket import closed_to_the_public, forget_after
from sparkrail.names import Names

KEEP_DAYS = 400


class AccessLogs(Construct):
    """Who read and wrote what. S3 delivers it with its own key and to no bucket with a lock.

    Args:
        names: Of the environment.

    Attributes:
        bucket_name: Generated.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names) -> None:
        super().__init__(scope, id_)
        default = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(sse_algorithm="AES256")
        rule = s3.CfnBucket.ServerSideEncryptionRuleProperty(
            server_side_encryption_by_default=default
        )
        bucket = s3.CfnBucket(
            self,
            "Resource",
            bucket_encryption=s3.CfnBucket.BucketEncryptionProperty(
                server_side_encryption_configuration=[rule]
            ),
            lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(
                rules=[
                    forget_after(30),
                    s3.CfnBucket.RuleProperty(
                        id="Expire", status="Enabled", expiration_in_days=KEEP_DAYS
                    ),
                ]
            ),
            **closed_to_the_public(),
        )
        bucket.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.bucket_name = bucket.ref
        s3.CfnBucketPolicy(
            self,
            "Policy",
            bucket=self.bucket_name,
            policy_document=access_logs_policy(self.bucket_name, names),
        )
