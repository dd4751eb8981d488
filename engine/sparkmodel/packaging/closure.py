"""Whether a lock holds all that its packages need on the target.

A lock that was resolved for another Python or another system lacks what only this one needs. The
header does not always tell; the wheels do.
"""

from collections.abc import Iterable, Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from sparkmodel.packaging.lock import PROVIDED
from sparkmodel.packaging.pins import Lock, Pin
from sparkmodel.packaging.wheel import Wheel
from sparkmodel.problems import Problem, listed


def lacking(lock: Lock, wheels: Iterable[tuple[Pin, Wheel]]) -> Iterator[Problem]:
    """What packages of the lock need and the lock does not hold.

    What was left out on purpose (`--no-emit-package`) and what the image provides is not missed.
    """
    held = {pin.name for pin in lock.wanted} | PROVIDED | lock.origin.excluded
    for pin, wheel in wheels:
        if missing := sorted(set(_needs(pin, wheel, lock)) - held):
            text = (
                f"needs {listed(missing)} on {lock.target}, which the lock does not hold: it "
                f"was resolved for another Python or system. Make it anew: {lock.command}\n"
                "    Left out on purpose? Say so: add --no-emit-package NAME to that command."
            )
            yield Problem(file=lock.name, line=pin.line, key=pin.requirement, text=text)


def _needs(pin: Pin, wheel: Wheel, lock: Lock) -> Iterator[NormalizedName]:
    for line in _requires_dist(wheel.metadata()):
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if _applies(requirement, pin, lock):
            yield canonicalize_name(requirement.name)


def _requires_dist(metadata: bytes) -> Iterator[str]:
    for line in metadata.decode(errors="replace").splitlines():
        if not line:  # The description follows.
            return
        field, _, value = line.partition(":")
        if field.lower() == "requires-dist":
            yield value.strip()


def _applies(requirement: Requirement, pin: Pin, lock: Lock) -> bool:
    if requirement.marker is None:
        return True
    return any(
        requirement.marker.evaluate({**lock.target.markers, "extra": extra})
        for extra in ("", *pin.extras)
    )
