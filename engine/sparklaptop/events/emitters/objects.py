"""S3's Object Created and Object Deleted, of buckets that send events to EventBridge.

moto gives all of them one id, spells the etag otherwise, and tells of no delete marker. (S3 guide,
EventBridge event message structure.)
"""

from __future__ import annotations

import itertools
import secrets
import time
from typing import Any

from moto.s3 import notifications
from moto.s3.models import S3Backend

from sparklaptop.events.router import Router
from sparklaptop.untyped import MotoObject

# What the API call was, by the end of S3's own name of the event.
_REASONS = {
    "Put": "PutObject",
    "Post": "POST Object",
    "Copy": "CopyObject",
    "CompleteMultipartUpload": "CompleteMultipartUpload",
}
_CREATED = "s3:ObjectCreated:"
_order = itertools.count(time.time_ns())


def apply(router: Router) -> None:
    """Send an event for each object that comes or goes."""

    def created(account_id: str, bucket: MotoObject, event_name: str, key: MotoObject) -> None:
        name = str(getattr(event_name, "value", event_name))
        if name.startswith(_CREATED):
            reason = _REASONS[name.removeprefix(_CREATED)]
            more = {"size": key.size, **_object(bucket, key.name, key.etag, key.version_id)}
            _tell(router, bucket, "Object Created", more, {"reason": reason})

    notifications._send_event_bridge_message = created
    delete = S3Backend.delete_object

    def delete_object(
        self: MotoObject,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: bool = False,
    ) -> MotoObject:
        bucket = self.get_bucket(bucket_name)
        current = bucket.keys.get(key_name) if hasattr(bucket, "keys") else None
        done, answer = delete(self, bucket_name, key_name, version_id, bypass)
        if done and _sends(bucket):
            marker = bucket.is_versioned and version_id is None
            version = version_id or answer.get("version-id")
            more = _object(bucket, key_name, getattr(current, "etag", None), version)
            kind = "Delete Marker Created" if marker else "Permanently Deleted"
            how = {"reason": "DeleteObject", "deletion-type": kind}
            _tell(router, bucket, "Object Deleted", more, how)
        return done, answer

    S3Backend.delete_object = delete_object


def _sends(bucket: MotoObject) -> bool:
    configuration = getattr(bucket, "notification_configuration", None)
    return configuration is not None and configuration.event_bridge is not None


def _object(bucket: MotoObject, key: str, etag: str | None, version: str | None) -> dict[str, Any]:
    made: dict[str, Any] = {"key": key}
    if etag:
        made["etag"] = etag.replace('"', "")
    if bucket.is_versioned and version:
        made["version-id"] = str(version)
    return {**made, "sequencer": f"{next(_order):016X}"}


def _tell(
    router: Router, bucket: MotoObject, kind: str, thing: dict[str, Any], how: dict[str, str]
) -> None:
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": thing,
        "request-id": secrets.token_hex(8).upper(),
        "requester": bucket.account_id,
        "source-ip-address": "127.0.0.1",
        **how,
    }
    router.emit(
        "aws.s3", kind, detail, region=bucket.region_name, resources=[f"arn:aws:s3:::{bucket.name}"]
    )
