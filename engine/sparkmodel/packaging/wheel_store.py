"""Wheels that were fetched once, by what was asked for.

The key is the requirement with its hashes and the target, never "any wheel that fits": what is in
the store must not change which wheel an archive gets.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sparkmodel.packaging.errors import Collected
from sparkmodel.packaging.files import place, sha256_of, workplace
from sparkmodel.packaging.pins import Lock, Pin
from sparkmodel.packaging.pip import download
from sparkmodel.packaging.target import Target


class WheelStore:
    """A folder of wheels.

    Args:
        folder: Where they are kept; made when needed.
        progress: Is told, in a sentence, when something is fetched.
    """

    def __init__(self, folder: Path, *, progress: Callable[[str], None]) -> None:
        self._folder = folder
        self._progress = progress

    def wheels(self, lock: Lock) -> list[Path]:
        """The wheel of every package that the lock's target gets; sorted by package.

        What is there and undamaged is taken as it is. pip starts only if something is missing.

        Raises:
            PackagingError: A package has no wheel for the target, or cannot be fetched.
        """
        pins = sorted(lock.wanted, key=lambda pin: pin.name)
        found = self._find(pins, lock.target)
        if missing := [pin for pin in pins if pin not in found]:
            self._fetch(missing, lock)
            found |= self._find(missing, lock.target)
        return [found[pin] for pin in pins]

    def _find(self, pins: Sequence[Pin], target: Target) -> dict[Pin, Path]:
        with ThreadPoolExecutor() as pool:
            paths = pool.map(lambda pin: self._intact(pin, target), pins)
            return {pin: path for pin, path in zip(pins, paths, strict=True) if path}

    def _intact(self, pin: Pin, target: Target) -> Path | None:
        wheels = sorted(self._folder_of(pin, target).glob("*.whl"))
        return next((each for each in wheels if f"sha256:{sha256_of(each)}" in pin.hashes), None)

    def _fetch(self, pins: Sequence[Pin], lock: Lock) -> None:
        count = "1 wheel" if len(pins) == 1 else f"{len(pins)} wheels"
        self._progress(f"{lock.name}: fetching {count} for {lock.target}")
        problems = Collected()
        with workplace(self._folder) as part:
            fetched = download(pins, lock=lock, into=part, problems=problems)
            for pin in pins:
                if wheel := fetched.get(pin.name):
                    place(wheel, self._folder_of(pin, lock.target) / wheel.name)
        problems.check()

    def _folder_of(self, pin: Pin, target: Target) -> Path:
        asked = [pin.requirement, pin.hashes, target.python, target.architecture, target.glibc]
        return self._folder / hashlib.sha256(json.dumps(asked).encode()).hexdigest()
