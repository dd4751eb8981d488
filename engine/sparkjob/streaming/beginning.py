"""Where a stream begins: what its table has against what its checkpoint says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Optional

from sparkjob.errors import CheckpointRefused
from sparkjob.streaming.checkpoint import Checkpoint
from sparkjob.streaming.mark import Mark


@dataclass(frozen=True)
class Place:
    """Whose beginning it is.

    Args:
        job: Name of the job.
        table: Its output.
        folder: The checkpoint.
        state_version: Of the job as it runs now.
    """

    job: str
    table: str
    folder: str
    state_version: int


def first_offsets(place: Place, mark: Optional[Mark], found: Checkpoint) -> Any:  # noqa: ANN401
    """Say at which offsets a new checkpoint begins.

    A checkpoint goes on where it is. Without one, a raised state version goes on where the last
    commit of the older one ended.

    Args:
        place: Whose beginning it is.
        mark: What the table says. None: no stream of the job ever wrote to it.
        found: What the checkpoint says.

    Returns:
        As the source says them. None: where the manifest says, or where the checkpoint is.

    Raises:
        CheckpointRefused: Going on would lose records or publish some twice.
    """
    if found.damaged:
        raise _refused(place, f"{found.damaged} is damaged", mark)
    if mark is None:
        if found.committed is not None:
            raise _refused(
                place,
                f"it has committed batch {found.committed}, and the table knows of none: it was "
                "made anew since",
                mark,
            )
        return None
    if mark.state_version > place.state_version:
        raise _refused(
            place,
            f"the table has rows of state version {mark.state_version}; this checkpoint is of an "
            "older one and would publish them again",
            mark,
        )
    if mark.state_version < place.state_version:
        return mark.offsets
    if found.query is None:
        raise _refused(place, f"it is gone, and the table has batch {mark.batch}", mark)
    if found.query != mark.query:
        raise _refused(
            place, f"it is of another query, {found.query}, than the table: {mark.query}", mark
        )
    if found.planned is None or found.planned < mark.batch:
        last = "none" if found.planned is None else str(found.planned)
        raise _refused(
            place,
            f"files are gone: its newest batch is {last}, and the table has batch {mark.batch}",
            mark,
        )
    if found.committed is not None and found.committed < mark.batch - 1:
        raise _refused(
            place,
            f"files are gone: it has committed batch {found.committed}, and the table has batch "
            f"{mark.batch}",
            mark,
        )
    return None


def choices(place: Place, mark: Optional[Mark]) -> str:
    """What a person can do about a checkpoint or a state that is of no use any more."""
    newest = max(place.state_version, mark.state_version if mark else 0)
    goes_on = (
        f"goes on where the table's last batch ended ({json.dumps(mark.offsets)}), with no state"
        if mark
        else "begins where stream.start says"
    )
    return (
        "Choose:\n"
        "  - bring the files back: the bucket of checkpoints keeps older versions of them;\n"
        f"  - or raise stream.state_version to {newest + 1} in spark_jobs/{place.job}/job.toml: "
        f"the stream then {goes_on}."
    )


def _refused(place: Place, why: str, mark: Optional[Mark]) -> CheckpointRefused:
    return CheckpointRefused(
        f"{place.job} cannot go on from its checkpoint {place.folder}: {why} ({place.table}). "
        f"Nothing was read or published.\n{choices(place, mark)}"
    )
