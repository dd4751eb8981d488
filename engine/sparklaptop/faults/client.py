"""Breaking a laptop cloud that is up, from another process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sparklaptop import control
from sparklaptop.errors import LaptopError

_PATH = "/_sparkrail/faults"
_SECONDS = 10.0


class Breaker:
    """The faults of one laptop cloud.

    Args:
        endpoint: Gives its address, and raises when it is not up.
    """

    def __init__(self, endpoint: Callable[[], str]) -> None:
        self._endpoint = endpoint

    def inject(self, fault: str, *, job: str | None = None, times: int | None = None) -> None:
        """Add the rules of a fault of the catalog.

        Args:
            fault: Its name.
            job: Only for runs of this job. Default: for everybody.
            times: How often. Default: as the fault says.

        Raises:
            LaptopError: There is no such fault, or the laptop cloud is not up.
        """
        self._post({"fault": fault, "job": job, "times": times})

    def add(self, rule: Mapping[str, Any]) -> None:
        """Add one rule (docs/faults.md shows its fields).

        Raises:
            LaptopError: The rule is wrong, or the laptop cloud is not up.
        """
        self._post({"rule": rule})

    def rules(self) -> list[dict[str, Any]]:
        """The rules with their counts."""
        found = control.get(self._endpoint(), _PATH, timeout_seconds=_SECONDS)
        return list((found or {}).get("rules", []))

    def clear(self) -> None:
        """Remove all rules."""
        control.delete(self._endpoint(), _PATH, timeout_seconds=_SECONDS)

    def _post(self, content: Mapping[str, Any]) -> None:
        answer = control.post(self._endpoint(), _PATH, content, timeout_seconds=_SECONDS)
        if "error" in answer:
            raise LaptopError(answer["error"], next_command=answer.get("next"))
