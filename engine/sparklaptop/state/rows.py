"""Rows of one SQLite file: what was put is there after a SIGKILL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sparklaptop.errors import LaptopError
from sparklaptop.state import pickling
from sparklaptop.untyped import MotoObject

FORGET = "sparkrail down --forget"
_TABLE = """
create table if not exists row (
    kind text, key text, value blob, primary key (kind, key)
) without rowid
"""
_CACHE_KIB = 4096


class Rows:
    """Objects by kind and key; each change is committed when the call returns.

    The write-ahead log is not synced at every commit: a killed process loses nothing, a power cut
    may lose the last moments. (SQLite documentation, PRAGMA synchronous.)

    Args:
        path: The file; made when it is not there.

    Raises:
        LaptopError: The file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._depth = 0
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self.database.execute("pragma journal_mode = wal")
            self.database.execute("pragma synchronous = normal")
            self.database.execute(f"pragma cache_size = -{_CACHE_KIB}")
            self.database.execute(_TABLE)
            (found,) = self.database.execute("pragma quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            raise damaged(path, str(error)) from error
        if found != "ok":
            raise damaged(path, found)

    def put(self, kind: str, key: str, value: MotoObject) -> None:
        """Keep an object."""
        self.put_bytes(kind, key, pickling.dumps(value))

    def put_bytes(self, kind: str, key: str, content: bytes) -> None:
        """Keep an object that was written before, as `state.pickling` does."""
        with self.lock:
            self.database.execute(
                "insert or replace into row values (?, ?, ?)", (kind, key, content)
            )

    def drop(self, kind: str, key: str) -> None:
        """Forget an object."""
        with self.lock:
            self.database.execute("delete from row where kind = ? and key = ?", (kind, key))

    def drop_under(self, kind: str, prefix: str) -> None:
        """Forget every object whose key begins with the prefix."""
        with self.lock:
            self.database.execute(
                "delete from row where kind = ? and key >= ? and key < ?", _range(kind, prefix)
            )

    def get(self, kind: str, key: str) -> MotoObject:
        """An object; None if there is none."""
        with self.lock:
            found = self.database.execute(
                "select value from row where kind = ? and key = ?", (kind, key)
            ).fetchone()
        return self._read(kind, key, found[0]) if found else None

    def all(self, kind: str) -> list[tuple[str, MotoObject]]:
        """All objects of a kind with their keys, in the order of the keys."""
        return self.under(kind, "")

    def under(self, kind: str, prefix: str) -> list[tuple[str, MotoObject]]:
        """The objects of a kind whose keys begin with the prefix, in the order of the keys."""
        with self.lock:
            found = self.database.execute(
                "select key, value from row where kind = ? and key >= ? and key < ? order by key",
                _range(kind, prefix),
            ).fetchall()
        return [(key, self._read(kind, key, value)) for key, value in found]

    def count(self, kind: str | None = None) -> int:
        """How many rows there are, of a kind or in all."""
        with self.lock:
            (found,) = self.database.execute(
                "select count(*) from row where ?1 is null or kind = ?1", (kind,)
            ).fetchone()
        return int(found)

    def _read(self, kind: str, key: str, content: bytes) -> MotoObject:
        try:
            return pickling.loads(content)
        except Exception as error:
            raise damaged(self.path, f"row {kind} {key}: {error}") from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make the changes inside one: all of them are kept, or none. One inside another joins."""
        with self.lock:
            if self._depth:
                yield
                return
            self.database.execute("begin")
            self._depth = 1
            try:
                yield
            except BaseException:
                self.database.execute("rollback")
                raise
            else:
                self.database.execute("commit")
            finally:
                self._depth = 0

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self.database.close()


def damaged(path: Path, what: str) -> LaptopError:
    """The state cannot be read: said, with the way out, and never repaired by leaving out."""
    return LaptopError(
        f"the laptop's state is damaged: {path}: {what}. Put back a copy of the folder "
        f"{path.parent}, or drop the laptop's lake and ledger and begin anew.",
        next_command=FORGET,
    )


def _range(kind: str, prefix: str) -> tuple[str, str, str]:
    # The last character that Unicode has: nothing with the prefix sorts after it.
    return kind, prefix, f"{prefix}\U0010ffff"
