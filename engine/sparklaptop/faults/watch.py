"""Looks at runs from outside until the moment of a rule has come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sparklaptop.faults.rules import MOMENTS, Rule
from sparklaptop.faults.victims import Victims

_POLL_SECONDS = 0.02
_WORKER_POLL_SECONDS = 0.2


class Watch:
    """One thread, alive while a rule waits for a moment.

    Args:
        victims: The runs.
        rules: Gives the rules of this moment.
    """

    def __init__(self, victims: Victims, rules: Callable[[], list[Rule]]) -> None:
        self._victims = victims
        self._rules = rules
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def wake(self) -> None:
        """Look from now on."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="faults", daemon=True)
                self._thread.start()

    def _waiting(self) -> list[Rule]:
        return [rule for rule in self._rules() if rule.on in MOMENTS and not rule.spent]

    def _look(self) -> None:
        while True:
            with self._lock:
                waiting = self._waiting()
                if not waiting:
                    self._thread = None
                    return
            for run in self._victims.living():
                for rule in waiting:
                    self._meet(rule, run)
            # Listing processes costs more than looking into a folder.
            slow = any(rule.on == "worker" for rule in waiting)
            time.sleep(_WORKER_POLL_SECONDS if slow else _POLL_SECONDS)

    def _meet(self, rule: Rule, run: str) -> None:
        victims = self._victims
        if run in rule.hit_runs or not rule.match.names(job=victims.job(run), run=run):
            return
        if not self._come(rule.on, run) or not rule.takes_moment(
            rule.on, job=victims.job(run), run=run
        ):
            return
        if rule.kind == "kill":
            victims.kill(run, str(rule.effect["what"]))
        else:
            victims.limit_files(run, int(rule.effect["bytes"]))

    def _come(self, moment: str, run: str) -> bool:
        if moment == "start":
            return self._victims.group(run) is not None
        if moment == "shuffle":
            return self._victims.shuffles(run)
        return bool(self._victims.workers(run))
