"""S3: what a method, a path and a query ask for.

(Service authorization reference, Amazon S3.)
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from urllib.parse import unquote

from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need

# Method, whether there is a key -> subresource -> action; the last is for none of them.
_ACTIONS: Mapping[tuple[str, bool], tuple[tuple[str, str], ...]] = {
    ("GET", False): (
        ("accelerate", "GetAccelerateConfiguration"),
        ("acl", "GetBucketAcl"),
        ("cors", "GetBucketCORS"),
        ("encryption", "GetEncryptionConfiguration"),
        ("lifecycle", "GetLifecycleConfiguration"),
        ("location", "GetBucketLocation"),
        ("logging", "GetBucketLogging"),
        ("notification", "GetBucketNotification"),
        ("object-lock", "GetBucketObjectLockConfiguration"),
        ("ownershipControls", "GetBucketOwnershipControls"),
        ("policy", "GetBucketPolicy"),
        ("policyStatus", "GetBucketPolicyStatus"),
        ("publicAccessBlock", "GetBucketPublicAccessBlock"),
        ("replication", "GetReplicationConfiguration"),
        ("tagging", "GetBucketTagging"),
        ("uploads", "ListBucketMultipartUploads"),
        ("versioning", "GetBucketVersioning"),
        ("versions", "ListBucketVersions"),
        ("", "ListBucket"),
    ),
    ("HEAD", False): (("", "ListBucket"),),
    ("PUT", False): (
        ("acl", "PutBucketAcl"),
        ("cors", "PutBucketCORS"),
        ("encryption", "PutEncryptionConfiguration"),
        ("lifecycle", "PutLifecycleConfiguration"),
        ("logging", "PutBucketLogging"),
        ("notification", "PutBucketNotification"),
        ("object-lock", "PutBucketObjectLockConfiguration"),
        ("ownershipControls", "PutBucketOwnershipControls"),
        ("policy", "PutBucketPolicy"),
        ("publicAccessBlock", "PutBucketPublicAccessBlock"),
        ("replication", "PutReplicationConfiguration"),
        ("tagging", "PutBucketTagging"),
        ("versioning", "PutBucketVersioning"),
        ("", "CreateBucket"),
    ),
    ("DELETE", False): (
        ("cors", "PutBucketCORS"),
        ("encryption", "PutEncryptionConfiguration"),
        ("lifecycle", "PutLifecycleConfiguration"),
        ("ownershipControls", "PutBucketOwnershipControls"),
        ("policy", "DeleteBucketPolicy"),
        ("publicAccessBlock", "PutBucketPublicAccessBlock"),
        ("replication", "PutReplicationConfiguration"),
        ("tagging", "PutBucketTagging"),
        ("", "DeleteBucket"),
    ),
    ("GET", True): (
        ("uploadId", "ListMultipartUploadParts"),
        ("acl", "GetObjectAcl"),
        ("attributes", "GetObjectAttributes"),
        ("legal-hold", "GetObjectLegalHold"),
        ("retention", "GetObjectRetention"),
        ("tagging", "GetObjectTagging"),
        ("versionId", "GetObjectVersion"),
        ("", "GetObject"),
    ),
    ("HEAD", True): (("versionId", "GetObjectVersion"), ("", "GetObject")),
    ("PUT", True): (
        ("acl", "PutObjectAcl"),
        ("legal-hold", "PutObjectLegalHold"),
        ("retention", "PutObjectRetention"),
        ("tagging", "PutObjectTagging"),
        ("", "PutObject"),
    ),
    ("POST", True): (
        ("restore", "RestoreObject"),
        ("select", "GetObject"),
        ("uploads", "PutObject"),
        ("", "PutObject"),
    ),
    ("DELETE", True): (
        ("uploadId", "AbortMultipartUpload"),
        ("tagging", "DeleteObjectTagging"),
        ("versionId", "DeleteObjectVersion"),
        ("", "DeleteObject"),
    ),
}
_OF_LISTS = ("prefix", "delimiter", "max-keys")
_OF_HEADERS = (
    "x-amz-acl",
    "x-amz-copy-source",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
)
_LISTS = ("ListBucket", "ListBucketVersions")
# May be empty without being a part of S3.
_ARGUMENTS = {"continuation-token", "key-marker", "marker", "start-after", *_OF_LISTS}


def place(request: Request) -> tuple[str, str]:
    """Bucket and key of a request."""
    bucket, _, key = request.path.removeprefix("/").partition("/")
    return bucket, key


def is_delete_objects(request: Request) -> bool:
    """Whether it deletes many keys at once."""
    return request.method == "POST" and "delete" in request.parameters and not place(request)[1]


def needs(request: Request, account: Account) -> list[Need]:
    """Which permissions an S3 request needs."""
    bucket, key = place(request)
    if not bucket:
        return [Need("s3:ListAllMyBuckets", "*")]
    arn = f"arn:{account.partition}:s3:::{bucket}"
    if is_delete_objects(request):
        return [Need(_deletes(each), f"{arn}/{each['Key']}") for each in doomed(request.body)]
    action = _action(request, bool(key))
    found = [Need(f"s3:{action}", f"{arn}/{key}" if key else arn, _context(request, action))]
    if source := request.headers.get("x-amz-copy-source"):
        found.append(_copied(source, account))
    return found


def _action(request: Request, has_key: bool) -> str:
    known = _ACTIONS.get((request.method, has_key), ())
    for subresource, action in known:
        if not subresource or subresource in request.parameters:
            empty = {name for name, value in request.parameters.items() if not value}
            if not subresource and (strange := empty - _ARGUMENTS):
                # A part of S3 that is not in the table: no policy speaks of it, so it is refused.
                return f"{request.method.title()}{min(strange).title()}"
            return action
    return request.method.title()


def _context(request: Request, action: str) -> dict[str, str]:
    found = {f"s3:{name}": request.headers[name] for name in _OF_HEADERS if name in request.headers}
    if version := request.parameters.get("versionId"):
        found["s3:versionid"] = version
    if action in _LISTS and request.method == "GET":
        # A list without a prefix has no such key. HEAD on a bucket has none either.
        given = {name: request.parameters.get(name) for name in _OF_LISTS}
        found |= {f"s3:{name}": value for name, value in given.items() if value is not None}
    return found


def _copied(source: str, account: Account) -> Need:
    path, _, version = unquote(source).removeprefix("/").partition("?versionId=")
    arn = f"arn:{account.partition}:s3:::{path}"
    if version:
        return Need("s3:GetObjectVersion", arn, {"s3:versionid": version})
    return Need("s3:GetObject", arn)


def _deletes(entry: Mapping[str, str]) -> str:
    return "s3:DeleteObjectVersion" if "VersionId" in entry else "s3:DeleteObject"


def doomed(body: bytes) -> list[dict[str, str]]:
    """The objects that a DeleteObjects names."""
    return [
        {_name(part): part.text or "" for part in entry}
        for entry in ET.fromstring(body)
        if _name(entry) == "Object"
    ]


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
