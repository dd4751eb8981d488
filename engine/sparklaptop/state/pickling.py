"""Moto's objects as bytes and back: what cannot be written is written as how to make it anew."""

from __future__ import annotations

import functools
import importlib
import io
import pickle
import threading
from collections import defaultdict
from collections.abc import Callable
from types import FunctionType
from typing import Any

from cryptography.hazmat.primitives import serialization
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend

from sparklaptop.untyped import MotoObject

_LOCKS: dict[type, Callable[[], Any]] = {
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
    threading.Condition: threading.Condition,
    threading.Event: threading.Event,
}
_MAPS = "moto.ssm.models", "SimpleSystemManagerBackend.__init__.<locals>.<lambda>"


class NotKeptError(Exception):
    """An object that cannot be written."""


class _Pickler(pickle.Pickler):
    """Writes objects; what `states` knows is written without a part of it.

    Args:
        file: Where to.
        states: By class, what of an object is written. Default: all of it.
    """

    def __init__(self, file: io.BytesIO, states: dict[type, Callable[[Any], Any]]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._states = states

    def reducer_override(self, thing: MotoObject) -> MotoObject:
        """How a thing is made anew; NotImplemented for what pickle can do by itself."""
        kind = type(thing)
        if kind in self._states:
            return _blank, (kind,), self._states[kind](thing)
        if kind in _LOCKS:
            return _LOCKS[kind], ()
        if isinstance(thing, defaultdict) and kind is not defaultdict:
            # pickle calls the class with the factory alone, which few subclasses take.
            return _map, (kind, thing.default_factory), vars(thing), None, iter(thing.items())
        if hasattr(thing, "private_bytes"):
            return _private_key, (_written_key(thing),)
        return _reference(thing)


def _reference(thing: MotoObject) -> MotoObject:
    if isinstance(thing, BaseBackend):
        return backend_of, (class_name(type(thing)), thing.account_id, thing.region_name)
    if isinstance(thing, BackendDict | AccountSpecificBackend):
        raise NotKeptError(f"a whole service ({thing.service_name}) is part of it")
    if isinstance(thing, FunctionType) and "<lambda>" in thing.__qualname__:
        if (thing.__module__, thing.__qualname__) == _MAPS:
            return _named, ("maps",)
        raise NotKeptError(f"a function without a name is part of it: {thing.__qualname__}")
    return NotImplemented


def dumps(
    thing: MotoObject, states: dict[type, Callable[[MotoObject], Any]] | None = None
) -> bytes:
    """An object as bytes.

    Args:
        thing: What.
        states: By class, what of an object is written. Default: all of everything.

    Raises:
        NotKeptError: Something in it cannot be written.
    """
    file = io.BytesIO()
    try:
        _Pickler(file, states or {}).dump(thing)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise NotKeptError(str(error)) from error
    return file.getvalue()


def loads(content: bytes) -> MotoObject:
    """The object."""
    return pickle.loads(content)


def class_name(kind: type) -> str:
    """A class as text."""
    return f"{kind.__module__}:{kind.__qualname__}"


@functools.cache
def _services(name: str) -> BackendDict[Any]:
    module = importlib.import_module(name.partition(":")[0])
    return next(
        value
        for value in vars(module).values()
        if isinstance(value, BackendDict) and class_name(value.backend) == name
    )


def backend_of(name: str, account: str, region: str) -> MotoObject:
    """The one backend of a class, account and Region; made when it is not there.

    Args:
        name: Its class, as `class_name` says it.
        account: 12 digits.
        region: The Region, or the partition of a service without Regions.
    """
    return _services(name)[account][region]


def maps() -> defaultdict[str, Any]:
    """What moto's SSM makes by a function without a name."""
    return defaultdict(dict)


def _named(name: str) -> Callable[[], Any]:
    return {"maps": maps}[name]


def _blank(kind: MotoObject) -> MotoObject:
    return kind.__new__(kind)


def _map(kind: MotoObject, factory: Callable[[], Any] | None) -> MotoObject:
    made = kind.__new__(kind)
    defaultdict.__init__(made, factory)
    return made


def _written_key(key: MotoObject) -> bytes:
    written: bytes = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return written


def _private_key(content: bytes) -> MotoObject:
    return serialization.load_der_private_key(content, password=None)
