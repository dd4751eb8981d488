"""The clock of the laptop cloud: it runs like this computer's, and can be moved."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sparklaptop.state.rows import Rows

_KIND, _KEY = "clock", "ahead"


class Clock:
    """The time by which schedules fire.

    How far it was moved is kept: after a restart it goes on from there, so that a moment that was
    reached stays in the past.

    Args:
        rows: Where it is kept.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._ahead: timedelta = rows.get(_KIND, _KEY) or timedelta()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], object]] = []

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC) + self._ahead

    def set(self, moment: datetime) -> None:
        """Move it to a moment, forward or back; from there it runs on.

        Args:
            moment: With a time zone.
        """
        self._move(moment - datetime.now(UTC))

    def advance(self, seconds: float) -> None:
        """Move it on; everything that is due until then is due now."""
        self._move(self._ahead + timedelta(seconds=seconds))

    def on_move(self, listener: Callable[[], object]) -> None:
        """Have a listener told of every move, before the move returns."""
        self._listeners.append(listener)

    def _move(self, ahead: timedelta) -> None:
        with self._lock:
            self._rows.put(_KIND, _KEY, ahead)
            self._ahead = ahead
        for listener in self._listeners:
            listener()

    def control(self, environ: dict[str, Any]) -> tuple[str, Any]:
        """Answer `/_sparkrail/clock`: GET shows it, POST moves it.

        POST takes {"now": "2026-03-29T00:59:00+00:00"} or {"advance_seconds": 3600}.
        """
        if environ["REQUEST_METHOD"] == "POST":
            try:
                self._obey(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                return "400 Bad Request", {
                    "error": f"the clock cannot be moved: {error}. Give "
                    '{"now": "2026-03-29T00:59:00Z"} or {"advance_seconds": 3600}.',
                    "next": None,
                }
        return "200 OK", {
            "now": self.now().isoformat(),
            "ahead_seconds": self._ahead.total_seconds(),
        }

    def _obey(self, asked: dict[str, Any]) -> None:
        if set(asked) == {"advance_seconds"}:
            self.advance(float(asked["advance_seconds"]))
            return
        if set(asked) != {"now"}:
            raise ValueError(f"{sorted(asked)} is neither now nor advance_seconds")
        moment = datetime.fromisoformat(asked["now"])
        if moment.tzinfo is None:
            raise ValueError(f"{asked['now']} has no time zone")
        self.set(moment)
