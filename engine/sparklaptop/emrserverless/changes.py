"""Who is told when an application or a job run enters a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sparklaptop.emrserverless.runs import JobRun


@dataclass
class Changes:
    """Who is told of new states. Default: nobody.

    Args:
        run: Told of a run, within the change itself.
        application: Told of an application, as GetApplication shows it.
    """

    run: Callable[[JobRun], None] = lambda _run: None
    application: Callable[[Mapping[str, Any]], None] = lambda _application: None
