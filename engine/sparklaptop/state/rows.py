"""Rows of one SQLite file: what was put is there after a SIGKILL."""

from __future__ import annotations

import pickle
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sparklaptop.untyped import MotoObject

_TABLE = """
create table if not exists row (
    kind text, key text, value blob, primary key (kind, key)
) without rowid
"""


class Rows:
    """Objects by kind and key; each change is committed when the call returns.

    The write-ahead log is not synced at every commit: a killed process loses nothing, a power cut
    may lose the last moments. (SQLite documentation, PRAGMA synchronous.)

    Args:
        path: The file; made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.database.execute("pragma journal_mode = wal")
        self.database.execute("pragma synchronous = normal")
        self.database.execute(_TABLE)

    def put(self, kind: str, key: str, value: MotoObject) -> None:
        """Keep an object."""
        content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        with self.lock:
            self.database.execute(
                "insert or replace into row values (?, ?, ?)", (kind, key, content)
            )

    def drop(self, kind: str, key: str) -> None:
        """Forget an object."""
        with self.lock:
            self.database.execute("delete from row where kind = ? and key = ?", (kind, key))

    def get(self, kind: str, key: str) -> MotoObject:
        """An object; None if there is none."""
        with self.lock:
            found = self.database.execute(
                "select value from row where kind = ? and key = ?", (kind, key)
            ).fetchone()
        return pickle.loads(found[0]) if found else None

    def all(self, kind: str) -> list[tuple[str, MotoObject]]:
        """All objects of a kind with their keys, in the order of the keys."""
        with self.lock:
            found = self.database.execute(
                "select key, value from row where kind = ? order by key", (kind,)
            ).fetchall()
        return [(key, pickle.loads(value)) for key, value in found]

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make the changes inside one: all of them are kept, or none."""
        with self.lock:
            self.database.execute("begin")
            try:
                yield
            except BaseException:
                self.database.execute("rollback")
                raise
            self.database.execute("commit")

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self.database.close()
