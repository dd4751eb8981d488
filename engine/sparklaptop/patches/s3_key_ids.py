"""Spark of line 3.5 renames encrypted files over plain HTTP, as checkpoints of streams need.

A rename is a copy. The S3 client of that line (AWS SDK 1) gives it the key that the file says it
has, and then insists on HTTPS, which the laptop cloud does not speak. So it is not told the key;
the copy gets its bucket's key, which is the same one. (AmazonS3Client.checkHttps, 1.12.262.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.s3.responses import S3Response

from sparklaptop.untyped import MotoObject

_CLIENT = "aws-sdk-java/1."
_KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"


def apply() -> None:
    """Leave the key out of what that client hears of a file."""
    before = S3Response.head_object

    def head_object(
        self: MotoObject, *given: object, headers: Mapping[str, str], **more: object
    ) -> tuple[int, dict[str, Any], Any]:
        status, told, body = before(self, *given, headers=headers, **more)
        if _CLIENT in (headers.get("User-Agent") or ""):
            told = {name: value for name, value in told.items() if name.lower() != _KEY_ID}
        return status, told, body

    S3Response.head_object = head_object
