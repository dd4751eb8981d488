"""A lock as data: which packages, in which versions, from which files."""

from dataclasses import dataclass

from packaging.markers import Marker
from packaging.utils import NormalizedName

from sparkmodel.packaging.lock_origin import Origin
from sparkmodel.packaging.target import Target


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One package of a lock.

    Args:
        line: Where it stands, from 1.
        name: Normalised name.
        version: The one version that is allowed.
        extras: Optional parts of it that are wanted; sorted.
        marker: On which targets it is wanted. None: on all.
        hashes: `sha256:...` of every file that is allowed; sorted.
    """

    line: int
    name: NormalizedName
    version: str
    extras: tuple[str, ...]
    marker: Marker | None
    hashes: tuple[str, ...]

    @property
    def requirement(self) -> str:
        """What pip is asked for, such as `pandas==2.3.3`."""
        return f"{self.name}=={self.version}"

    @property
    def text(self) -> str:
        """The line in its one normal form."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        marker = f" ; {self.marker}" if self.marker else ""
        hashes = "".join(f" --hash={each}" for each in self.hashes)
        return f"{self.name}{extras}=={self.version}{marker}{hashes}"

    def wanted_on(self, target: Target) -> bool:
        """Whether its marker holds there."""
        return self.marker is None or self.marker.evaluate({**target.markers, "extra": ""})


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock that was read and found good for a target.

    Args:
        name: Path from the project's root, for messages.
        target: What it was read for.
        pins: Every package but those that the image provides; sorted by their text.
        origin: How it was made.
        command: Makes the lock anew.
    """

    name: str
    target: Target
    pins: tuple[Pin, ...]
    origin: Origin
    command: str

    @property
    def text(self) -> str:
        """The whole lock in its one normal form: no comments, no order, no line endings left."""
        return "".join(f"{pin.text}\n" for pin in self.pins)

    @property
    def wanted(self) -> tuple[Pin, ...]:
        """The packages that the target gets."""
        return tuple(pin for pin in self.pins if pin.wanted_on(self.target))
