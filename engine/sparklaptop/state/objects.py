"""S3 objects: a row for each key with its versions and open uploads, a file for each content."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from moto.s3.models import s3_backends

from sparklaptop.state.rows import Rows, damaged
from sparklaptop.state.stored_bytes import StoredBytes, Trash
from sparklaptop.untyped import MotoObject

_KIND = "object"
_LOCKS = 251
_PARTITION = "aws"


class Objects:
    """Keeps the objects of one account.

    Args:
        rows: Where to.
        account: Whose.
    """

    def __init__(self, rows: Rows, account: str) -> None:
        self._rows = rows
        self._account = account
        self._locks = [threading.RLock() for _ in range(_LOCKS)]
        self._files: dict[str, frozenset[str]] = {}
        self._trash = Trash()

    @property
    def _backend(self) -> MotoObject:
        return s3_backends[self._account][_PARTITION]

    @contextlib.contextmanager
    def alone(self, keys: Sequence[tuple[str, str]]) -> Iterator[None]:
        """One request at a time per key: moto looks at If-None-Match first and stores later."""
        numbers = sorted({hash(key) % _LOCKS for key in keys})
        with contextlib.ExitStack() as stack:
            for number in numbers:
                stack.enter_context(self._locks[number])
            yield

    def save(self, keys: Sequence[tuple[str, str]]) -> None:
        """Keep keys as they are now; their old files go only after that is committed."""
        gone: set[str] = set()
        with self._rows.together():
            for bucket, key in keys:
                gone |= self._save(bucket, key)
        for name in gone:
            self._trash.add(name)

    def _save(self, bucket_name: str, key: str) -> frozenset[str]:
        row = f"{bucket_name}/{key}"
        bucket = self._backend.buckets.get(bucket_name)
        versions = bucket.keys.getlist(key, []) if bucket is not None else []
        uploads = {
            identity: upload
            for identity, upload in (list(bucket.multiparts.items()) if bucket is not None else [])
            if upload.key_name == key
        }
        before = self._files.pop(row, frozenset())
        if not versions and not uploads:
            self._rows.drop(_KIND, row)
            return before
        tagger = self._backend.tagger
        tags = {
            one.arn: tagger.get_tag_dict_for_resource(one.arn)
            for one in versions
            if hasattr(one, "arn")
        }
        self._rows.put(_KIND, row, (versions, uploads, tags))
        now = frozenset(content.name for content, _ in _contents(versions, uploads))
        self._files[row] = now
        return before - now

    def forget_bucket(self, name: str) -> None:
        """A bucket was deleted: open uploads went with it."""
        self._rows.drop_under(_KIND, f"{name}/")
        for row in [row for row in self._files if row.startswith(f"{name}/")]:
            for file in self._files.pop(row):
                self._trash.add(file)

    def restore(self) -> None:
        """Fill the buckets, which are there already; files that no row names go.

        Raises:
            LaptopError: A file is missing or has another size.
        """
        there = {
            file.name: file.stat().st_size
            for folder in StoredBytes.folder.iterdir()
            if folder.is_dir()
            for file in folder.iterdir()
        }
        for row, (versions, uploads, tags) in self._rows.all(_KIND):
            self._restore_key(row, versions, uploads, tags)
            contents = _contents(versions, uploads)
            for content, size in contents:
                if there.get(content.name) != size:
                    raise damaged(
                        self._rows.path, f"the content of s3://{row} is missing ({content.path})"
                    )
            self._files[row] = frozenset(content.name for content, _ in contents)
        named = frozenset().union(*self._files.values())
        for name in there.keys() - named:
            # Written, but never acknowledged.
            (StoredBytes.folder / name[:2] / name).unlink()

    def _restore_key(
        self, row: str, versions: MotoObject, uploads: MotoObject, tags: MotoObject
    ) -> None:
        name, _, key = row.partition("/")
        bucket = self._backend.buckets.get(name)
        if bucket is None:
            raise damaged(self._rows.path, f"s3://{row} is there, its bucket is not")
        if versions:
            dict.__setitem__(bucket.keys, key, versions)
        bucket.multiparts.update(uploads)
        for arn, pairs in tags.items():
            listed = [{"Key": name, "Value": value} for name, value in pairs.items()]
            if listed:
                self._backend.tagger.tag_resource(arn, listed)


def _contents(versions: MotoObject, uploads: MotoObject) -> list[tuple[StoredBytes, int]]:
    # A finished upload keeps the sizes of its parts, not a second copy of the bytes.
    parts = [part for upload in uploads.values() for part in upload.parts.values()]
    return [
        (one._value_buffer, one.contentsize)
        for one in [*versions, *parts]
        if hasattr(one, "_value_buffer")
    ]


def folder_of(state: Path) -> Path:
    """Where the files are."""
    return state / "objects"
