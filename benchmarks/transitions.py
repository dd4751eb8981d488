"""State transitions and detection delay of a run, beside Data Solutions Framework on AWS.

    .venv/bin/python -m benchmarks.transitions

Both sides synthesize one scheduled job; the figures are computed from the state machines in the two
templates, not timed. A run is followed from the start of its machine to its end: each state that is
entered is a transition, which is what AWS bills in Standard workflows. A machine that waits for a
run in a loop enters the loop's states again for every wait, and hears of the end only at the next
look, on average half a wait late. Writes benchmarks/results/transitions.json.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.synth import RIVAL_APP, ROOT, make_project, make_rival
from sparkrail.node import choose_node

RESULTS = ROOT / "benchmarks" / "results" / "transitions.json"
MINUTES = (2, 10, 60, 240)
DOLLARS_PER_1000 = 0.025
"""Standard workflows, us-east-1. (AWS Step Functions pricing.)"""


@dataclass(frozen=True)
class Machine:
    """A state machine that runs a Spark job.

    Args:
        definition: As in the template.
    """

    definition: dict[str, Any]

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        """All states by name."""
        states: dict[str, dict[str, Any]] = self.definition["States"]
        return states

    def following(self, name: str) -> list[str]:
        """The states that may follow when nothing fails."""
        state = self.states[name]
        found = [state[key] for key in ("Next", "Default") if key in state]
        return found + [rule["Next"] for rule in state.get("Choices", [])]

    def path(self, start: str, *, to: set[str], avoid: frozenset[str] = frozenset()) -> list[str]:
        """The shortest way from a state to any of others, both ends included."""
        ways = deque([[start]])
        seen = {start}
        while ways:
            way = ways.popleft()
            if way[-1] in to:
                return way
            for name in self.following(way[-1]):
                if name not in seen | avoid:
                    seen.add(name)
                    ways.append([*way, name])
        raise ValueError(f"no way from {start} to {sorted(to)}")

    @property
    def starter(self) -> str:
        """The state that starts the Spark run."""
        return next(
            name
            for name, state in self.states.items()
            if "startjobrun" in json.dumps(state.get("Resource", "")).lower()
        )

    @property
    def ends(self) -> set[str]:
        """States at which an execution succeeds."""
        return {
            name
            for name, state in self.states.items()
            if state.get("End") or state["Type"] == "Succeed"
        }

    @property
    def waits(self) -> list[str]:
        """The states of its waiting loop; none when it is told of the end."""
        pauses = [name for name, state in self.states.items() if state["Type"] == "Wait"]
        for pause in pauses:
            for after in self.following(pause):
                try:
                    return self.path(after, to={pause})
                except ValueError:
                    continue
        return []

    def told(self) -> bool:
        """Whether Step Functions tells it of the end: `.sync`."""
        return ".sync" in json.dumps(self.states[self.starter]["Resource"])

    def wait_seconds(self) -> int:
        """How long it waits between two looks, in seconds."""
        if self.told():
            return 0
        return sum(int(self.states[name].get("Seconds", 0)) for name in self.waits)

    def transitions(self, minutes: float) -> int:
        """States that a successful run of so many minutes enters."""
        before = self.path(self.definition["StartAt"], to={self.starter})
        if self.told():
            return len(before) + len(self.path(self.starter, to=self.ends)) - 1
        looks = math.ceil(minutes * 60 / self.wait_seconds())
        *loop, pause = self.waits
        last = self.path(loop[-1], to=self.ends, avoid=frozenset({pause}))
        return len(before) + looks * len(self.waits) + len(last) - 1


def machine_of(template: dict[str, Any]) -> Machine:
    """The machine of a template that starts Spark runs."""
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::StepFunctions::StateMachine":
            continue
        text = resource["Properties"]["DefinitionString"]
        if isinstance(text, dict):
            text = "".join(part if isinstance(part, str) else "X" for part in text["Fn::Join"][1])
        if "startjobrun" in text.lower():
            return Machine(json.loads(text))
    raise ValueError("no machine in the template starts Spark runs")


def templates(folder: Path) -> list[dict[str, Any]]:
    """All templates of an assembly, of its stages too."""
    return [json.loads(file.read_text()) for file in sorted(folder.rglob("*.template.json"))]


def find(folder: Path) -> Machine:
    """The machine of an assembly."""
    for template in templates(folder):
        try:
            return machine_of(template)
        except ValueError:
            continue
    raise ValueError(f"no machine in {folder}")


def main() -> int:
    """Synthesize both, compute, print and write."""
    choose_node()
    with tempfile.TemporaryDirectory(prefix="sparkrail-bench-") as name:
        folder = Path(name)
        rival = make_rival(folder / "rival")
        project, ours, theirs = folder / "project", folder / "ours", folder / "theirs"
        make_project(project, 1)
        (folder / "rival.py").write_text(RIVAL_APP, encoding="utf-8")
        run = {**os.environ, "CDK_OUTDIR": str(ours)}
        subprocess.run([sys.executable, "app.py"], cwd=project, env=run, check=True)
        subprocess.run([rival, folder / "rival.py", "1", theirs], cwd=folder, check=True)
        sides = {"sparkrail": find(ours), "DSF": find(theirs)}
    result = {
        side: {
            "transitions": {str(minutes): machine.transitions(minutes) for minutes in MINUTES},
            "detection_delay_seconds": _delay(machine),
        }
        for side, machine in sides.items()
    }
    _show(result)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    return 0

    return RIVAL_APP


def _delay(machine: Machine) -> dict[str, float] | None:
    """What the wait between two looks adds; AWS gives no figure for the delay of an event."""
    if machine.told():
        return None
    return {"mean": machine.wait_seconds() / 2, "most": machine.wait_seconds()}


def _show(result: dict[str, Any]) -> None:
    print("run of     transitions: sparkrail      DSF    ratio   dollars per 1000 runs")
    for minutes in MINUTES:
        ours, theirs = (result[side]["transitions"][str(minutes)] for side in result)
        price = [f"{count * DOLLARS_PER_1000:.2f}" for count in (ours, theirs)]
        print(f"{minutes:4d} min {ours:25d} {theirs:8d} {ours / theirs:8.2f}   {' / '.join(price)}")
    for side, figures in result.items():
        delay = figures["detection_delay_seconds"]
        if delay is None:
            print(f"{side}: is told of the end by an event; no wait between looks")
        else:
            print(f"{side}: hears of the end {delay['mean']:.0f} s late, {delay['most']} s at most")


if __name__ == "__main__":
    sys.exit(main())
