"""From what pydantic found to problems that people can act on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sparkmodel.documents import Layers
from sparkmodel.model_keys import bare, description, near_key, type_at, unknown_key
from sparkmodel.problems import REFUSED, Problem, listed, nearest
from sparkmodel.toml_lines import KeyPath

M = TypeVar("M", bound=BaseModel)

_MAX_ROUNDS = 4
_KEY_ITSELF = "[key]"
_TYPES = {
    "bool_type": "must be true or false, without quotes.",
    "dict_type": "must be a table: { key = value }.",
    "finite_number": "must be a finite number.",
    "float_type": "must be a number, without quotes.",
    "int_type": "must be a whole number, without quotes.",
    "model_type": "must be a table: { key = value }.",
    "string_type": "must be text, in quotes.",
    "tuple_type": "must be a list: [ ... ].",
}


@dataclass(frozen=True)
class Built(Generic[M]):
    """What could be made of a document.

    Args:
        model: The model, without what is wrong in it; None if too little is right.
        problems: What is wrong.
    """

    model: M | None
    problems: tuple[Problem, ...]


def build(
    model: type[M],
    source: Layers,
    *,
    given: Mapping[str, Any],
    data: Mapping[str, Any] | None = None,
    also: Collection[str] = (),
    without: Sequence[KeyPath] = (),
) -> Built[M]:
    """Build a model from a document, leaving out what is wrong, so that more can be checked.

    Args:
        model: What to build.
        source: The documents.
        given: Fields that the reader gives and no document may.
        data: What the model is made of. Default: what the documents say.
        also: Keys of the document that the reader takes itself.
        without: Keys in which something wrong was found before.
    """
    roots = frozenset(model.model_fields) - given.keys() | frozenset(also)
    problems = [
        source.problem((key,), unknown_key(model, (), roots), near_key(model, (), key, roots))
        for key in source.data
        if key in given
    ]
    taken_out: list[KeyPath] = list(without)
    rest = _without({**(source.data if data is None else data), **given}, taken_out)
    for _ in range(_MAX_ROUNDS):
        try:
            return Built(model.model_validate(rest), tuple(problems))
        except ValidationError as error:
            faults = [_Fault(model, each, roots) for each in error.errors(include_url=False)]
        problems.extend(
            source.problem(_place(each.path, given), each.text, each.nearest)
            for each in faults
            if not any(_follows(each.path, earlier) for earlier in taken_out)
            and not any(_holds(each.path, other.path) for other in faults)
        )
        taken_out.extend(each.path for each in faults)
        rest = _without(rest, taken_out)
    return Built(None, tuple(problems))


class _Fault:
    """One error of pydantic, in our words."""

    def __init__(self, model: type[BaseModel], error: ErrorDetails, roots: Collection[str]) -> None:
        self._model, self._error, self._roots = model, error, roots
        self._context: dict[str, Any] = error.get("ctx", {})
        location = tuple(key for key in error["loc"] if key != _KEY_ITSELF)
        below = self._context.get("at", ()) if error["type"] == REFUSED else ()
        self.path: KeyPath = (*location, *(int(key) if key.isdigit() else key for key in below))
        self.text, self.nearest = self._words()

    def _words(self) -> tuple[str, str | None]:
        kind, context = self._error["type"], self._context
        *above, key = self.path or ("",)
        if kind == REFUSED:
            return context["text"], context["nearest"]
        if kind == "extra_forbidden":
            return (
                unknown_key(self._model, tuple(above), self._roots),
                near_key(self._model, tuple(above), str(key), self._roots),
            )
        if kind == "missing":
            return f"is missing. {description(self._model, self.path)}".strip(), None
        if kind == "literal_error":
            allowed = [str(value) for value in get_args(bare(type_at(self._model, self.path)))]
            near = nearest(str(self._error["input"]), allowed)
            return f"is not allowed. Allowed: {listed(allowed)}.", near
        return self._bounds() or _TYPES.get(kind, f"{self._error['msg']}."), None

    def _bounds(self) -> str | None:
        context = self._context
        match self._error["type"]:
            case "greater_than_equal":
                return f"is too small: at least {context['ge']:g}."
            case "less_than_equal":
                return f"is too large: at most {context['le']:g}."
            case "too_short":
                return f"has too little in it: at least {context['min_length']}."
            case "string_too_short":
                return f"is too short: at least {context['min_length']} characters."
        return None


def _place(path: KeyPath, given: Collection[str]) -> KeyPath:
    """What the reader gives stands in no line of the document: the file itself is to blame."""
    return () if path and path[0] in given else path


def _follows(path: KeyPath, earlier: KeyPath) -> bool:
    """Whether a fault may exist only because what is at an earlier fault was taken out."""
    return earlier[: len(path)] == path or (len(path) > 1 and earlier[:-1] == path[:-1])


def _holds(path: KeyPath, other: KeyPath) -> bool:
    return len(path) < len(other) and other[: len(path)] == path


def _without(data: dict[str, Any], paths: Sequence[KeyPath]) -> dict[str, Any]:
    """Copy tables without the keys at some paths; a list with a fault goes as a whole."""
    heads = {path[0] for path in paths if len(path) == 1 or isinstance(path[1], int)}
    copy = {key: value for key, value in data.items() if key not in heads}
    for key, value in copy.items():
        below = [path[1:] for path in paths if path[0] == key and len(path) > 1]
        if below and isinstance(value, dict):
            copy[key] = _without(value, below)
    return copy
