"""A definition is read once, not at the start of each of its executions; a path likewise.

Reading took most of the CPU time of an execution of a job's machine, 0.5 s for 26 kB. moto keeps
things of an execution in what it read, so each gets a copy of its own, of the states that it
enters: eight of some sixty.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache

from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.parse import asl_parser
from moto.stepfunctions.parser.asl.utils import json_path

from sparklaptop.untyped import MotoObject

# A program takes some hundred kB, a path some hundred bytes.
_MOST_PROGRAMS, _MOST_PATHS = 256, 4096
# Executions that start together would all read the same definition, each for itself.
_one_reads = threading.Lock()


class _States(Mapping[str, MotoObject]):
    """The states of one execution's program, each made when it is entered first."""

    def __init__(self, written: Mapping[str, bytes]) -> None:
        self._written = written
        self._made: dict[str, MotoObject] = {}

    def __getitem__(self, name: str) -> MotoObject:
        if name not in self._made:
            self._made[name] = pickle.loads(self._written[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


class _Program:
    """A program as bytes.

    Args:
        program: As moto reads it.
    """

    def __init__(self, program: MotoObject) -> None:
        states = program.states.states
        self._states = {name: _dumps(state) for name, state in states.items()}
        program.states.states = {}
        self._rest = _dumps(program)

    def copy(self) -> MotoObject:
        """The program, for one execution."""
        program = pickle.loads(self._rest)
        program.states.states = _States(self._states)
        return program


def _dumps(part: MotoObject) -> bytes:
    return pickle.dumps(part, protocol=pickle.HIGHEST_PROTOCOL)


def apply() -> None:
    """Remember what was read."""
    read = asl_parser.AmazonStateLanguageParser.parse

    @lru_cache(_MOST_PROGRAMS)
    def program_of(definition: str) -> _Program | None:
        program, _ = read(definition)
        try:
            return _Program(program)
        except (AttributeError, TypeError, pickle.PicklingError):
            return None  # a kind of state that holds on to the server: read it each time

    def parse(definition: str) -> tuple[MotoObject, MotoObject]:
        with _one_reads:
            program = program_of(definition)
        return (program.copy(), None) if program else read(definition)

    asl_parser.AmazonStateLanguageParser.parse = staticmethod(parse)
    for module in (json_path, result_path):
        vars(module)["parse"] = lru_cache(_MOST_PATHS)(module.parse)
