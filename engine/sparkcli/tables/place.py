"""Where the files of a table are, and how those come back that were deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sparkcli.cloud import Cloud
from sparkcli.errors import OperationError
from sparkcli.tables.catalog import Tables

ONE_DROP = timedelta(hours=6)
"""So long a drop may take that also deletes the files."""

_KEYS_PER_CALL = 1000
"""DeleteObjects takes no more. (S3 API, DeleteObjects.)"""


@dataclass(frozen=True)
class Place:
    """Where the files of a table are.

    Args:
        bucket: The bucket.
        prefix: What the names of all its files begin with; it ends in /.
    """

    bucket: str
    prefix: str

    @classmethod
    def of(cls, tables: Tables, name: str) -> "Place":
        """Where Iceberg puts a table that names no place: below the place of its database.

        Raises:
            OperationError: The environment has no such database.
        """
        from pyiceberg.exceptions import NoSuchNamespaceError  # noqa: PLC0415

        database, table = tables.identifier(name)
        try:
            location = tables.catalog.load_namespace_properties(database).get("location")
        except NoSuchNamespaceError:
            raise OperationError(
                f"There is no Glue database {database}, so no table can be in it. Deploy it first.",
                next_command="./sparkrail up",
            ) from None
        if not location:
            bucket = tables.cloud.output("lake", "LakeBucketName")
            location = f"s3://{bucket}/warehouse/{name.partition('.')[0]}"
        bucket, _, prefix = str(location).removeprefix("s3://").partition("/")
        return cls(bucket, f"{prefix.strip('/')}/{table}/")

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class Deleted:
    """An object that was deleted from a bucket that keeps versions."""

    key: str
    marker: str
    at: datetime


def deleted_objects(cloud: Cloud, place: Place) -> list[Deleted]:
    """The objects below a place whose newest version is a delete marker."""
    pages = cloud.s3.get_paginator("list_object_versions").paginate(
        Bucket=place.bucket, Prefix=place.prefix
    )
    return [
        Deleted(each["Key"], each["VersionId"], each["LastModified"].astimezone(UTC))
        for page in pages
        for each in page.get("DeleteMarkers", [])
        if each.get("IsLatest")
    ]


def undelete(cloud: Cloud, place: Place, gone: Sequence[Deleted]) -> None:
    """Take the delete markers away, so that the objects are there again.

    Raises:
        OperationError: Some of them may not be taken away.
    """
    for at in range(0, len(gone), _KEYS_PER_CALL):
        some = gone[at : at + _KEYS_PER_CALL]
        answer = cloud.s3.delete_objects(
            Bucket=place.bucket,
            Delete={
                "Objects": [{"Key": each.key, "VersionId": each.marker} for each in some],
                "Quiet": True,
            },
        )
        if errors := answer.get("Errors"):
            raise OperationError(
                f"{len(errors)} deleted objects below {place} cannot be brought back: "
                f"{errors[0].get('Message')} ({errors[0].get('Key')})"
            )


def dropped_with(gone: Sequence[Deleted]) -> list[Deleted]:
    """What was deleted when the table was; not what its maintenance had removed long before.

    Whoever drops a table with its files deletes the last metadata file too, all within hours.
    """
    last = max((each.at for each in gone if is_metadata(each.key)), default=None)
    return [each for each in gone if last is not None and abs(last - each.at) < ONE_DROP]


def is_metadata(key: str) -> bool:
    """Whether an object is a metadata file of Iceberg.

    >>> is_metadata("warehouse/a/b/metadata/00001-9f.metadata.json")
    True
    """
    return key.endswith((".metadata.json", ".metadata.json.gz"))
