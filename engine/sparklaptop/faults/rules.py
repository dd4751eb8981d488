"""A rule: on which calls, or at which moment of a run, what happens, and how often."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from sparklaptop.errors import LaptopError
from sparklaptop.faults.calls import Call
from sparklaptop.roles.evaluation import Need

CALL, EVENT, NOW = "call", "event", "now"
MOMENTS = ("start", "shuffle", "worker")
"""Of a run: its process is there; a shuffle file lies in its folder; a Python worker is there."""

_EFFECTS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "error": {"status": int, "code": str, "message": str},
    "delay": {"seconds": (int, float)},
    "drop": {},
    "truncate": {},
    "throttle": {"burst": int, "per_second": (int, float)},
    "deny": {},
    "kill": {"what": str, "when": str},
    "limit_files": {"bytes": int},
    "lose": {},
    "lose_checkpoint": {},
    "outage": {"brokers": str, "seconds": (int, float)},
}
_OPTIONAL = {"message", "when", "burst", "per_second"}
_OF_A_RUN = ("kill", "limit_files")
_AT_ONCE = ("lose_checkpoint", "outage")
_FIELDS = ["name", "on", "match", "after", "effect", "times", "every", "probability", "seed"]
_MATCHES = ("action", "resource", "not_resource", "job", "run")


@dataclass(frozen=True, kw_only=True)
class Match:
    """Which calls; each field a pattern with * and ?.

    Args:
        action: Of IAM: s3:Put*. Of an event: its source and detail-type, aws.states:Step*.
        resource: An ARN.
        not_resource: Resources that are left alone.
        job: Name of the job whose run calls.
        run: Id of the run that calls.
    """

    action: str = "*"
    resource: str = "*"
    not_resource: tuple[str, ...] = ()
    job: str = "*"
    run: str = "*"

    def names(self, *, job: str, run: str) -> bool:
        """Whether it is about this run; anybody who is not a run matches `*` alone."""
        return fnmatchcase(job, self.job) and fnmatchcase(run, self.run)

    def need(self, call: Call) -> Need | None:
        """The permission of a call that it is about; None if it is not about such a call."""
        return next((need for need in call.needs if self._covers(need)), None)

    def _covers(self, need: Need) -> bool:
        return (
            fnmatchcase(need.action.lower(), self.action.lower())
            and fnmatchcase(need.resource, self.resource)
            and not any(fnmatchcase(need.resource, one) for one in self.not_resource)
        )


@dataclass(kw_only=True)
class Rule:
    """What breaks.

    Args:
        name: What it is called.
        on: `call`, `event`, `now` (once, when the rule is added), or a moment of a run.
        match: Which calls or runs.
        after: A run's calls count only once it has made such a call. Default: at once.
        effect: What happens, its kind first.
        times: At most so often. Default: without end.
        every: Only each n-th time.
        probability: And then only by chance, from 0 to 1.
        seed: Of the chance, so that it falls the same every time.
    """

    name: str
    on: str
    match: Match
    effect: Mapping[str, Any]
    after: Match | None = None
    times: int | None = None
    every: int = 1
    probability: float = 1.0
    seed: int = 0
    seen: int = 0
    hits: int = 0
    hit_runs: list[str] = field(default_factory=list)
    _armed: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # not for secrets

    @property
    def kind(self) -> str:
        """What happens, in a word."""
        return str(self.effect["kind"])

    @property
    def spent(self) -> bool:
        """Whether it has happened as often as it may."""
        return self.times is not None and self.hits >= self.times

    def takes(self, call: Call, *, job: str, run: str) -> bool:
        """Whether a call is hit; it is counted."""
        if self.on != CALL or not self.match.names(job=job, run=run):
            return False
        with self._lock:
            armed = self.after is None or run in self._armed
            if self.after is not None and self.after.need(call):
                self._armed.add(run)
            return armed and self.match.need(call) is not None and self._hit(run)

    def takes_moment(self, moment: str, *, job: str, run: str) -> bool:
        """Whether a run is hit at a moment; once per run."""
        with self._lock:
            fits = self.on == moment and self.match.names(job=job, run=run)
            return fits and run not in self.hit_runs and self._hit(run)

    def takes_event(self, name: str) -> bool:
        """Whether an event is lost; it is counted."""
        with self._lock:
            fits = self.on == EVENT and fnmatchcase(name, self.match.action)
            return fits and self._hit("")

    def _hit(self, run: str) -> bool:
        self.seen += 1
        if self.spent or self.seen % self.every:
            return False
        if self.probability < 1 and self._chance.random() >= self.probability:
            return False
        # A throttle counts what it refuses, not what it looks at.
        if self.kind != "throttle":
            self.hits += 1
        if run and run not in self.hit_runs:
            self.hit_runs.append(run)
        return True

    def takes_now(self) -> None:
        """It happens now, and never again; it is counted."""
        with self._lock:
            self.times = 1
            self._hit("")

    def refused(self) -> None:
        """Count a call that was over the limit."""
        with self._lock:
            self.hits += 1

    def as_document(self) -> dict[str, Any]:
        """The rule with its counts."""
        return {
            "name": self.name,
            "on": self.on,
            "effect": dict(self.effect),
            "times": self.times,
            "seen": self.seen,
            "hits": self.hits,
            "runs": list(self.hit_runs),
        }


def read(content: Mapping[str, Any]) -> Rule:
    """A rule from JSON.

    Raises:
        LaptopError: Something in it is unknown or wrong; says what is allowed.
    """
    _only(content, _FIELDS, "a rule")
    effect = dict(content.get("effect") or {})
    kind = effect.get("kind")
    if kind not in _EFFECTS:
        raise LaptopError(f"effect.kind is {kind!r}; there are: {', '.join(_EFFECTS)}.")
    wanted = _EFFECTS[str(kind)]
    _only(effect, ("kind", *wanted), f"the effect {kind}")
    for name, of in wanted.items():
        if name not in effect and name not in _OPTIONAL:
            raise LaptopError(f"the effect {kind} needs {name}.")
        if name in effect and not isinstance(effect[name], of):
            raise LaptopError(f"effect.{name} is {effect[name]!r}, which is of another type.")
    on = content.get("on", CALL)
    places = (CALL, EVENT, NOW, *MOMENTS)
    if on not in places:
        raise LaptopError(f"on is {on!r}; there are: {', '.join(places)}.")
    fits = (on not in MOMENTS or kind in _OF_A_RUN) and (on == EVENT) == (kind == "lose")
    if not fits or (on == NOW) != (kind in _AT_ONCE):
        raise LaptopError(f"what happens on {on} cannot be to {kind}.")
    if kind == "kill" and effect["what"] not in ("driver", "worker"):
        raise LaptopError(f"effect.what is {effect['what']!r}; there are: driver, worker.")
    if kind == "outage" and effect["brokers"] not in ("one", "all"):
        raise LaptopError(f"effect.brokers is {effect['brokers']!r}; there are: one, all.")
    after = content.get("after")
    return Rule(
        name=str(content.get("name") or kind),
        on=on,
        match=_match(content.get("match") or {}),
        after=_match(after) if after else None,
        effect=effect,
        times=_positive(content, "times"),
        every=_positive(content, "every") or 1,
        probability=float(content.get("probability", 1)),
        seed=int(content.get("seed", 0)),
    )


def _match(content: Mapping[str, Any]) -> Match:
    _only(content, _MATCHES, "match")
    given = {name: value for name, value in content.items() if name != "not_resource"}
    return Match(**given, not_resource=tuple(content.get("not_resource") or ()))


def _positive(content: Mapping[str, Any], name: str) -> int | None:
    value = content.get(name)
    if value is not None and (not isinstance(value, int) or value < 1):
        raise LaptopError(f"{name} is {value!r}; it is a whole number from 1.")
    return value


def _only(content: Mapping[str, Any], allowed: Sequence[str], what: str) -> None:
    for name in content:
        if name not in allowed:
            raise LaptopError(f"{what} has no {name!r}; there are: {', '.join(allowed)}.")
