"""A definition is read once, not at the start of each of its executions; a path likewise.

Reading took most of the CPU time of an execution of a job's machine, 0.5 s for 26 kB. moto keeps
things of an execution in what it read, so each gets a copy of its own, which takes 4 ms.
"""

from __future__ import annotations

import pickle
import threading
from functools import lru_cache

from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.parse import asl_parser
from moto.stepfunctions.parser.asl.utils import json_path

from sparklaptop.untyped import MotoObject

# A program takes some hundred kB, a path some hundred bytes.
_MOST_PROGRAMS, _MOST_PATHS = 256, 4096
# Executions that start together would all read the same definition, each for itself.
_one_reads = threading.Lock()


def apply() -> None:
    """Remember what was read."""
    read = asl_parser.AmazonStateLanguageParser.parse

    @lru_cache(_MOST_PROGRAMS)
    def program_of(definition: str) -> bytes | None:
        program, _ = read(definition)
        try:
            return pickle.dumps(program, protocol=pickle.HIGHEST_PROTOCOL)
        except (AttributeError, TypeError, pickle.PicklingError):
            return None  # a kind of state that holds on to the server: read it each time

    def parse(definition: str) -> tuple[MotoObject, MotoObject]:
        with _one_reads:
            program = program_of(definition)
        return (pickle.loads(program), None) if program else read(definition)

    asl_parser.AmazonStateLanguageParser.parse = staticmethod(parse)
    for module in (json_path, result_path):
        vars(module)["parse"] = lru_cache(_MOST_PATHS)(module.parse)
