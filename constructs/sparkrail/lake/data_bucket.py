"""Buckets whose loss nobody could repair."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from sparkrail.fragment import Properties, Resources, include, kept, resource
from sparkrail.identity.bucket_policies import data_bucket_policy
from sparkrail.names import Names
from sparkrail.references import reference

_UPLOAD_DAYS = 7
"""A killed run leaves unfinished uploads behind, which nobody sees and everybody pays for."""


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
        rules: Sequence[Properties] = (),
    ) -> None:
        super().__init__(scope, id_)
        self.bucket_name = reference(id_)
        bucket = {
            **closed_to_the_public(),
            "BucketEncryption": encrypted_with(key_arn),
            "LifecycleConfiguration": {"Rules": [forget_after(noncurrent_days), *rules]},
            "LoggingConfiguration": {
                "DestinationBucketName": access_logs,
                "LogFilePrefix": f"{id_.lower()}/",
            },
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
            # No default retention: who needs a legal hold can place one, others notice nothing.
            "ObjectLockEnabled": True,
            "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"},
        }
        policy = data_bucket_policy(names.bucket_arn(self.bucket_name), key_arn)
        include(self, bucket_resources(id_, bucket, policy))


def bucket_resources(id_: str, bucket: Properties, policy: Properties) -> Resources:
    """Write a bucket and its policy.

    Args:
        id_: Logical id of the bucket.
        bucket: Properties of the bucket.
        policy: Policy document.
    """
    attached = {"Bucket": {"Ref": id_}, "PolicyDocument": policy}
    return {
        id_: kept("AWS::S3::Bucket", bucket),
        f"{id_}Policy": resource("AWS::S3::BucketPolicy", attached),
    }


def closed_to_the_public() -> Properties:
    """Settings that every bucket has: versions, owner's rules only, nothing public."""
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return {
        "VersioningConfiguration": {"Status": "Enabled"},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(blocks, True),
    }


def encrypted_with(key_arn: str | None) -> Properties:
    """Encrypt with a customer key, asked for once and not for each object; None is S3's own key."""
    default = (
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
        if key_arn
        else {"SSEAlgorithm": "AES256"}
    )
    rule = {"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": key_arn is not None}
    return {"ServerSideEncryptionConfiguration": [rule]}


def forget_after(noncurrent_days: int) -> Properties:
    """Drop old versions after some days, and what killed runs left unfinished."""
    return {
        "Id": "ForgetOldVersions",
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _UPLOAD_DAYS},
        "NoncurrentVersionExpiration": {"NoncurrentDays": noncurrent_days},
        "ExpiredObjectDeleteMarker": True,
    }


def expire(prefix: str, *, days: int) -> Properties:
    """Delete what is below a prefix after some days."""
    return {"Id": "Expire", "Status": "Enabled", "Prefix": prefix, "ExpirationInDays": days}
