"""Which snapshots nobody needs any more; a pure function of what a table says of its history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Mapping, Optional, Set, Tuple

MAIN = "main"
BRANCH = "BRANCH"
STREAM_DAYS = 30
"""A stream that has not committed for so long is taken to be gone for good."""

_DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Snapshot:
    """A state of a table.

    Args:
        id: Of the snapshot.
        parent: What it was made from; None, or an id that is gone.
        committed_ms: When, in milliseconds since 1970.
        stream: The stream whose progress it holds. None: no stream wrote it.
    """

    id: int
    parent: Optional[int]
    committed_ms: int
    stream: Optional[str] = None


@dataclass(frozen=True)
class Ref:
    """A branch or a tag.

    Args:
        name: Of it.
        kind: `BRANCH` or `TAG`.
        snapshot: Its newest.
        max_age_ms: How old its newest snapshot may become before it goes. None: for ever.
    """

    name: str
    kind: str
    snapshot: int
    max_age_ms: Optional[int] = None


@dataclass(frozen=True)
class History:
    """What a table says of its past.

    Args:
        snapshots: By id.
        log: When which snapshot became the current one, in milliseconds, oldest first.
        refs: Branches and tags.
    """

    snapshots: Mapping[int, Snapshot]
    log: Tuple[Tuple[int, int], ...]
    refs: Tuple[Ref, ...]

    def chain(self, newest: int) -> Iterator[Snapshot]:
        """A snapshot and its ancestors, newest first, as far as they are there."""
        found = self.snapshots.get(newest)
        while found is not None:
            yield found
            found = self.snapshots.get(found.parent) if found.parent is not None else None

    @property
    def main(self) -> List[Snapshot]:
        """What main consists of, newest first."""
        heads = [ref.snapshot for ref in self.refs if ref.name == MAIN]
        return list(self.chain(heads[0])) if heads else []


@dataclass(frozen=True)
class Keep:
    """What stays.

    Args:
        days: How long a snapshot stays after another one took its place.
        snapshots: How many of main stay in any case.
        holds: Snapshots that readers hold, by reader.
    """

    days: int
    snapshots: int
    holds: Mapping[str, int]


@dataclass(frozen=True)
class Decision:
    """What goes.

    Args:
        snapshots: Ids, oldest first.
        refs: Branches and tags whose time is over.
        kept_by: Ids that stay only for a reader or a stream, by who that is.
        lost: Readers that hold a snapshot which the table does not have; nothing goes then.
    """

    snapshots: Tuple[int, ...] = ()
    refs: Tuple[str, ...] = ()
    kept_by: Mapping[str, int] = field(default_factory=dict)
    lost: Tuple[str, ...] = ()


def decide(history: History, keep: Keep, *, now_ms: int) -> Decision:
    """Say which snapshots and refs go.

    A snapshot's age counts from the moment at which another one took its place, not from its own
    commit: the current snapshot of a table that nobody wrote for a year is young when it is
    replaced, and so is every reader of it.

    Args:
        history: What the table says.
        keep: What stays.
        now_ms: The moment, in milliseconds since 1970.
    """
    lost = tuple(sorted(name for name, id_ in keep.holds.items() if id_ not in history.snapshots))
    if lost:
        return Decision(lost=lost)
    refs = [ref for ref in history.refs if not _is_over(history, ref, now_ms)]
    oldest_ms = now_ms - keep.days * _DAY_MS
    kept = _of_main(history, keep, oldest_ms) | _of_refs(history, refs)
    kept |= _of_nobody(history, oldest_ms)
    needed = list(_needed(history, keep, now_ms))
    for_whom = {whom: len(ids - kept) for whom, ids in needed}
    kept = kept.union(*(ids for _, ids in needed))
    gone = [each for each in history.snapshots.values() if each.id not in kept]
    gone.sort(key=lambda each: (each.committed_ms, each.id))
    alive = {ref.name for ref in refs}
    return Decision(
        snapshots=tuple(each.id for each in gone),
        refs=tuple(sorted(ref.name for ref in history.refs if ref.name not in alive)),
        kept_by={whom: count for whom, count in for_whom.items() if count},
    )


def replaced_ms(history: History) -> Dict[int, int]:
    """When each snapshot that main had was replaced there, in milliseconds; no entry: never.

    A snapshot that came by way of a branch became main's when the branch was published, which may
    be long after it was committed.
    """
    found: Dict[int, int] = {}
    current_since = {id_: ms for ms, id_ in reversed(history.log)}
    child: Optional[Snapshot] = None
    became_main = 0
    for snapshot in history.main:
        if child is not None:
            became_main = current_since.get(child.id, became_main)
            found[snapshot.id] = max(child.committed_ms, became_main)
        child = snapshot
    main = {each.id for each in history.main}
    for place, (_, id_) in enumerate(history.log[:-1]):
        if id_ not in main:  # rolled back since
            found[id_] = history.log[place + 1][0]
    return found


def _of_main(history: History, keep: Keep, oldest_ms: int) -> Set[int]:
    replaced = replaced_ms(history)
    return {
        snapshot.id
        for place, snapshot in enumerate(history.main)
        if place < keep.snapshots or replaced.get(snapshot.id, oldest_ms) >= oldest_ms
    }


def _of_refs(history: History, refs: List[Ref]) -> Set[int]:
    """Of a tag its snapshot; of a branch all that is its own, and what it was made from."""
    main, kept = {each.id for each in history.main}, set()
    for ref in refs:
        if ref.name == MAIN:
            continue
        for snapshot in history.chain(ref.snapshot):
            kept.add(snapshot.id)
            if ref.kind != BRANCH or snapshot.id in main:
                break
    return kept


def _of_nobody(history: History, oldest_ms: int) -> Set[int]:
    """What no branch has stays as long as anything else: a run may be about to publish it."""
    main, replaced = {each.id for each in history.main}, replaced_ms(history)
    return {
        each.id
        for each in history.snapshots.values()
        if each.id not in main and max(each.committed_ms, replaced.get(each.id, 0)) >= oldest_ms
    }


def _needed(history: History, keep: Keep, now_ms: int) -> Iterator[Tuple[str, Set[int]]]:
    """What readers and streams need: a snapshot and everything after it."""
    for reader in sorted(keep.holds):
        yield f"reader {reader}", _since(history, keep.holds[reader])
    seen: Set[str] = set()
    for snapshot in history.main:
        stream = snapshot.stream
        if stream is not None and stream not in seen:
            seen.add(stream)
            if snapshot.committed_ms >= now_ms - STREAM_DAYS * _DAY_MS:
                # A stream looks for its last commit by going back from the newest snapshot.
                yield f"stream {stream}", _since(history, snapshot.id)


def _since(history: History, id_: int) -> Set[int]:
    first = history.snapshots[id_].committed_ms
    kept = {each.id for each in history.snapshots.values() if each.committed_ms >= first}
    for ref in history.refs:
        chain = [each.id for each in history.chain(ref.snapshot)]
        if id_ in chain:
            kept.update(chain[: chain.index(id_) + 1])
    return kept


def _is_over(history: History, ref: Ref, now_ms: int) -> bool:
    """Whether Iceberg drops a ref: its newest snapshot is older than it may become."""
    newest = history.snapshots.get(ref.snapshot)
    if newest is None or ref.name == MAIN or ref.max_age_ms is None:
        return False
    return now_ms - newest.committed_ms > ref.max_age_ms
