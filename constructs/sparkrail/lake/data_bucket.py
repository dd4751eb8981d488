"""Buckets whose loss nobody could repair."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sparkrail.identity.bucket_policies import data_bucket_policy
from sparkrail.names import Names

_Rule = s3.CfnBucket.RuleProperty


class DataBucket(Construct):
    """A bucket with versions, a customer key and access logs, that no deploy ever deletes.

    Only TLS 1.2 and later may reach it, and nobody may encrypt with another key.

    Args:
        key_arn: Encrypts it.
        access_logs: Name of the bucket for access logs.
        names: Of the environment.
        noncurrent_days: How long what was overwritten or deleted can be brought back, in days.
        rules: Further lifecycle rules. Default: none, so nothing current ever expires.

    Attributes:
        bucket_name: Generated, so that a bucket that was left behind is never in the way.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        key_arn: str,
        access_logs: str,
        names: Names,
        noncurrent_days: int,
        rules: Sequence[_Rule] = (),
    ) -> None:
        super().__init__(scope, id_)
        bucket = s3.CfnBucket(
            self,
            "Resource",
            bucket_encryption=encrypted_with(key_arn),
            lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(
                rules=[forget_after(noncurrent_days), *rules]
            ),
            logging_configuration=s3.CfnBucket.LoggingConfigurationProperty(
                destination_bucket_name=access_logs, log_file_prefix=f"{id_.lower()}/"
            ),
            notification_configuration=s3.CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                    event_bridge_enabled=True
                )
            ),
            object_lock_enabled=True,
            # No default retention: who needs a legal hold can place one, others notice nothing.
            object_lock_configuration=s3.CfnBucket.ObjectLockConfigurationProperty(
                object_lock_enabled="Enabled"
            ),
            **closed_to_the_public(),
        )
        bucket.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.bucket_name = bucket.ref
        s3.CfnBucketPolicy(
            self,
            "Policy",
            bucket=self.bucket_name,
            policy_document=data_bucket_policy(names.bucket_arn(self.bucket_name), key_arn),
        )


def closed_to_the_public() -> dict[str, object]:
    """Settings that every bucket has: versions, owner's rules only, nothing public."""
    return {
        "versioning_configuration": s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
        "ownership_controls": s3.CfnBucket.OwnershipControlsProperty(
            rules=[
                s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")
            ]
        ),
        "public_access_block_configuration": s3.CfnBucket.PublicAccessBlockConfigurationProperty(
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        ),
    }


def encrypted_with(key_arn: str) -> s3.CfnBucket.BucketEncryptionProperty:
    """Encrypt with a customer key, which the bucket asks for once and not for each object."""
    default = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
        sse_algorithm="aws:kms", kms_master_key_id=key_arn
    )
    rule = s3.CfnBucket.ServerSideEncryptionRuleProperty(
        bucket_key_enabled=True, server_side_encryption_by_default=default
    )
    return s3.CfnBucket.BucketEncryptionProperty(server_side_encryption_configuration=[rule])


def forget_after(noncurrent_days: int) -> _Rule:
    """Drop old versions after some days, and uploads that a killed run left unfinished."""
    return _Rule(
        id="ForgetOldVersions",
        status="Enabled",
        abort_incomplete_multipart_upload=s3.CfnBucket.AbortIncompleteMultipartUploadProperty(
            days_after_initiation=7
        ),
        noncurrent_version_expiration=s3.CfnBucket.NoncurrentVersionExpirationProperty(
            noncurrent_days=noncurrent_days
        ),
        expired_object_delete_marker=True,
    )


def expire(prefix: str, *, days: int) -> _Rule:
    """Delete what is below a prefix after some days."""
    return _Rule(id=f"Expire-{prefix}", status="Enabled", prefix=prefix, expiration_in_days=days)
