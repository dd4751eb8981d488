"""The bucket for access logs of all other buckets."""

from __future__ import annotations

from constructs import Construct

from sparkrail.fragment import include
from sparkrail.identity.bucket_policies import access_logs_policy
from sparkrail.lake.data_bucket import (
    bucket_resources,
    closed_to_the_public,
    encrypted_with,
    expire,
    forget_after,
)
from sparkrail.names import Names
from sparkrail.references import reference

KEEP_DAYS = 400
_NONCURRENT_DAYS = 30


class AccessLogs(Construct):
    """Who read and wrote what. S3 delivers it with its own key and to no bucket with a lock.

    Args:
        names: Of the environment.

    Attributes:
        bucket_name: Generated.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names) -> None:
        super().__init__(scope, id_)
        self.bucket_name = reference(id_)
        rules = [forget_after(_NONCURRENT_DAYS), expire("", days=KEEP_DAYS)]
        bucket = {
            **closed_to_the_public(),
            "BucketEncryption": encrypted_with(None),
            "LifecycleConfiguration": {"Rules": rules},
        }
        include(self, bucket_resources(id_, bucket, access_logs_policy(self.bucket_name, names)))
