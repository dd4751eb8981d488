"""Which keys a model has, and of what type, at any depth."""

from __future__ import annotations

import types
from collections.abc import Collection
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from sparkmodel.problems import listed, nearest
from sparkmodel.toml_lines import KeyPath
from sparkmodel.toml_text import dotted


def unknown_key(model: type[BaseModel], above: KeyPath, roots: Collection[str]) -> str:
    """Say that a table has no such key, and which it has.

    Args:
        model: What the document is made into.
        above: The table in which the key stands.
        roots: The keys of the document's root.
    """
    keys = listed(sorted(keys_at(model, above) if above else roots))
    where = f" of {dotted(above)}" if above else ""
    return f"is not a key{where}. Keys: {keys}."


def near_key(
    model: type[BaseModel], above: KeyPath, key: str, roots: Collection[str]
) -> str | None:
    """Find the key that was meant: one spelt alike here, or the same one in a table below."""
    here = keys_at(model, above) if above else roots
    if found := nearest(key, here):
        return found
    below = (dotted((name, key)) for name in sorted(here) if key in keys_at(model, (*above, name)))
    return next(below, None)


def keys_at(model: type[BaseModel], path: KeyPath) -> Collection[str]:
    """List the keys of the table at a path; none if people choose them."""
    inner = bare(type_at(model, path))
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return inner.model_fields.keys()
    return ()


def description(model: type[BaseModel], path: KeyPath) -> str:
    """Say what the key at a path means, or nothing."""
    owner = bare(type_at(model, path[:-1]))
    if isinstance(owner, type) and issubclass(owner, BaseModel):
        return owner.model_fields[str(path[-1])].description or ""
    return ""


def type_at(model: type[BaseModel], path: KeyPath) -> object:
    """Find the type of the value at a path."""
    found: object = model
    for key in path:
        found = bare(found)
        if isinstance(found, type) and issubclass(found, BaseModel):
            field = found.model_fields.get(str(key))
            found = Any if field is None else field.annotation
        else:
            found = _type_of_items(found)
    return found


def _type_of_items(annotation: object) -> object:
    arguments = get_args(annotation) or (Any,)
    return arguments[-1] if get_origin(annotation) is dict else arguments[0]


def bare(annotation: object) -> object:
    """Take away Annotated and None from a type."""
    while get_origin(annotation) in (Annotated, Union, types.UnionType):
        choices = [each for each in get_args(annotation) if each is not type(None)]
        annotation = choices[0]
    return annotation
