"""moto keeps bucket policies and leaves it to us to evaluate them (`sparklaptop.roles`).

moto evaluates them without their conditions: `Deny s3:* unless aws:SecureTransport` then denies
everything. It also wants the policy of a log bucket before the bucket that logs to it, which no
template can offer and AWS does not ask for.
"""

from __future__ import annotations

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from sparklaptop.untyped import MotoObject


def apply() -> None:
    """Neither allow nor deny by bucket policy."""

    def get_permission(_self: MotoObject, _action: str, _resource: str) -> MotoObject:
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission
    FakeBucket._log_permissions_enabled_policy = staticmethod(lambda **_: True)
