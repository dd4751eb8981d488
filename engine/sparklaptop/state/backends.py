"""What requests changed in moto's backends, as rows; and the backends again from the rows."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from sparklaptop.state import pickling
from sparklaptop.state.pieces import CUTS, STATES, WHOLE, Piece
from sparklaptop.state.rows import Rows
from sparklaptop.untyped import MotoObject

log = logging.getLogger(__name__)
_KIND = "backend"


class Backends:
    """Keeps moto's backends; call its methods under one lock.

    Args:
        rows: Where to.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        # By backend, by piece: its mark and a digest of what is in its row.
        self._kept: dict[str, dict[str, tuple[Any, bytes]]] = {}
        self._told: set[str] = set()

    def save(
        self,
        backends: Iterable[MotoObject],
        operation: str = "",
        asked: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what has changed in these backends.

        Args:
            backends: Those that a request reached for.
            operation: Its operation.
            asked: Its parameters, where they are JSON.
        """
        with self._rows.together():
            for backend in backends:
                try:
                    self._save(backend, operation, asked or {})
                except pickling.NotKeptError as error:
                    self._tell(backend, error)

    def _tell(self, backend: MotoObject, error: Exception) -> None:
        name = pickling.class_name(type(backend))
        if name not in self._told:
            self._told.add(name)
            log.warning("%s is not kept over a restart: %s", name, error)

    def _save(self, backend: MotoObject, operation: str, asked: Mapping[str, Any]) -> None:
        place = _place(backend)
        cut = CUTS.get(type(backend), WHOLE)
        kept = self._kept.setdefault(place, {})
        some = cut.some(backend, operation, asked)
        if some is not None:
            for piece in some:
                self._save_piece(place, piece, kept)
            return
        there = set()
        for piece in cut.pieces(backend):
            there.add(piece.key)
            self._save_piece(place, piece, kept)
        for key in [key for key in kept if key not in there]:
            self._rows.drop(_KIND, place + key)
            del kept[key]

    def _save_piece(self, place: str, piece: Piece, kept: dict[str, tuple[Any, bytes]]) -> None:
        mark, digest = kept.get(piece.key, (None, b""))
        if piece.mark is not None and mark == piece.mark:
            return
        content = pickling.dumps(piece.value, STATES)
        now = hashlib.blake2b(content, digest_size=16).digest()
        if now != digest:
            self._rows.put_bytes(_KIND, place + piece.key, content)
        kept[piece.key] = (piece.mark, now)

    def restore(self) -> None:
        """Fill moto's backends from the rows.

        Raises:
            LaptopError: A row cannot be read.
        """
        for place, found in groupby(self._rows.all(_KIND), key=lambda row: _split(row[0])[0]):
            backend = pickling.backend_of(*place.rstrip("|").split("|"))
            pieces = {_split(key)[1]: value for key, value in found}
            cut = CUTS.get(type(backend), WHOLE)
            cut.put_back(backend, pieces)
            kept = self._kept.setdefault(place, {})
            marks = {piece.key: piece.mark for piece in cut.pieces(backend)}
            for key in pieces:
                kept[key] = (marks.get(key), b"")


def _place(backend: MotoObject) -> str:
    return f"{pickling.class_name(type(backend))}|{backend.account_id}|{backend.region_name}|"


def _split(key: str) -> tuple[str, str]:
    name, account, region, piece = key.split("|", 3)
    return f"{name}|{account}|{region}|", piece
