"""The metadata file with which a dropped table is registered again."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sparkcli.cloud import Cloud
from sparkcli.errors import CallError, OperationError
from sparkcli.tables.place import Place, is_metadata
from sparkcli.tables.written import counted, moment

MOST_READ = 20
_NUMBER = re.compile(r"v?(\d+)")


@dataclass(frozen=True)
class Candidate:
    """A metadata file.

    Args:
        location: Its URI.
        at: When it was written.
        number: The number in its name: the how manyth of its table it is.
        document: What it says.
    """

    location: str
    at: datetime
    number: int
    document: Mapping[str, Any]

    @property
    def uuid(self) -> str:
        """Which table it is of: one that was made anew has another."""
        return str(self.document.get("table-uuid"))

    @property
    def rows(self) -> int:
        """Rows of the table as the file has it."""
        said = self._current.get("summary") or {}
        return int(said.get("total-records", 0)) - int(said.get("total-position-deletes", 0))

    @property
    def snapshot(self) -> int | None:
        """The current snapshot. None: nothing was written."""
        return self._current.get("snapshot-id")

    @property
    def by(self) -> str:
        """The run that wrote it last, as `job/key`. Empty: the snapshot does not say it."""
        said = self._current.get("summary") or {}
        names = (said.get("sparkrail.job"), said.get("sparkrail.run-key"))
        return "/".join(filter(None, names))

    @property
    def _current(self) -> Mapping[str, Any]:
        current = self.document.get("current-snapshot-id")
        snapshots: Sequence[Mapping[str, Any]] = self.document.get("snapshots") or []
        return next((each for each in snapshots if each["snapshot-id"] == current), {})

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        return {
            "metadata": self.location,
            "at": moment(self.at),
            "rows": self.rows,
            "snapshot": self.snapshot,
            "last_run": self.by or None,
        }


def candidates(cloud: Cloud, place: Place) -> list[Candidate]:
    """The metadata files that may be a table's last, newest first.

    Every commit writes one that names those before it. So the last is named by no other; a writer
    that lost a race may have left one more.
    """
    listed = sorted(_listed(cloud, place), key=lambda each: each[1], reverse=True)[:MOST_READ]
    read = [_read(cloud, place, key, at) for key, at in listed]
    named = {
        str(entry.get("metadata-file"))
        for each in read
        for entry in each.document.get("metadata-log") or []
    }
    last = [each for each in read if each.location not in named]
    newest = {each.uuid: max(o.number for o in last if o.uuid == each.uuid) for each in last}
    return [each for each in last if each.number == newest[each.uuid]]


def chosen(name: str, place: Place, found: Sequence[Candidate]) -> Candidate:
    """The metadata file to register.

    Raises:
        CallError: There are several.
        OperationError: Nothing is left of the table.
    """
    if not found:
        raise OperationError(
            f"Nothing is left of {name}: there is no metadata file below {place}, nor a deleted "
            "one. The next run makes the table anew.",
            next_command="./sparkrail runs",
        )
    if len(found) > 1:
        raise CallError(
            f"{name} has {len(found)} metadata files that no later one names: it was dropped and "
            "made anew, or two writers raced. Nothing was restored; choose with --metadata:\n"
            f"{_listing(found)}",
            document={"candidates": [each.as_document() for each in found]},
        )
    return found[0]


def read_one(cloud: Cloud, place: Place, given: str) -> Candidate:
    """A metadata file that a person chose, by its URI or its name.

    Raises:
        CallError: There is none of this name below the table's place.
    """
    key = given.removeprefix(f"s3://{place.bucket}/")
    key = key if key.startswith(place.prefix) else f"{place.prefix}metadata/{key}"
    for listed, at in _listed(cloud, place):
        if listed == key:
            return _read(cloud, place, key, at)
    raise CallError(f'--metadata "{given}": there is no such file below {place}metadata/.')


def _listing(found: Sequence[Candidate]) -> str:
    lines = (
        (each.location.rpartition("/")[2], moment(each.at), counted(each.rows, "row"), each.by)
        for each in found
    )
    return "\n".join(f"  {'  '.join(filter(None, line))}" for line in lines)


def _listed(cloud: Cloud, place: Place) -> Iterator[tuple[str, datetime]]:
    pages = cloud.s3.get_paginator("list_objects_v2").paginate(
        Bucket=place.bucket, Prefix=f"{place.prefix}metadata/"
    )
    for page in pages:
        for each in page.get("Contents", []):
            if is_metadata(each["Key"]):
                yield each["Key"], each["LastModified"].astimezone(UTC)


def _read(cloud: Cloud, place: Place, key: str, at: datetime) -> Candidate:
    body = cloud.s3.get_object(Bucket=place.bucket, Key=key)["Body"].read()
    text = gzip.decompress(body) if key.endswith(".gz") else body
    match = _NUMBER.match(key.rpartition("/")[2])
    number = int(match.group(1)) if match else 0
    return Candidate(f"s3://{place.bucket}/{key}", at, number, json.loads(text))
