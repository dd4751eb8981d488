"""A definition is read once, not at the start of each of its executions; a path likewise.

Reading took a third of the CPU time of a small execution, and most of that of a large one. What an
execution runs on is made anew from what was read, as moto keeps things in it.
"""

from __future__ import annotations

import ast
import threading
import types
from functools import lru_cache

from moto.stepfunctions.parser.asl.antlt4utils import antlr4utils
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.parse import asl_parser
from moto.stepfunctions.parser.asl.utils import json_path

from sparklaptop.untyped import MotoObject

# A tree takes megabytes, a path or a text some hundred bytes.
_MOST_TREES, _MOST_PATHS, _MOST_TEXTS = 32, 4096, 16_384
# Executions that start together would all read the same definition, each for itself.
_one_reads = threading.Lock()


def apply() -> None:
    """Remember what was read."""

    def parse(definition: str) -> tuple[MotoObject, MotoObject]:
        with _one_reads:
            tree = _tree(definition)
        return asl_parser.Preprocessor().visit(tree), tree

    asl_parser.AmazonStateLanguageParser.parse = staticmethod(parse)
    # Each text of a definition is read as a literal of Python whenever the tree is walked: two
    # thirds of that walk.
    texts = lru_cache(_MOST_TEXTS)(ast.literal_eval)
    antlr4utils.ast = types.SimpleNamespace(literal_eval=texts)
    for module in (json_path, result_path):
        vars(module)["parse"] = lru_cache(_MOST_PATHS)(module.parse)


@lru_cache(_MOST_TREES)
def _tree(definition: str) -> MotoObject:
    """The tree of a definition, which nobody changes."""
    listener = asl_parser.SyntaxErrorListener()
    lexer = asl_parser.ASLLexer(asl_parser.InputStream(definition))
    parser = asl_parser.ASLParser(asl_parser.CommonTokenStream(lexer))
    parser.removeErrorListeners()
    parser.addErrorListener(listener)
    tree = parser.state_machine()
    if listener.errors:
        raise asl_parser.ASLParserException(errors=listener.errors)
    return tree
