"""Records of a topic that has no generator of its own: something of each column's type."""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

_Maker = Callable[[random.Random], Any]
FEW = 5  # different values of a text, so that groups have more than one row
_WORDS: dict[str, _Maker] = {
    "boolean": lambda draw: draw.random() < 0.5,  # noqa: PLR2004  heads or tails
    "int": lambda draw: draw.randrange(1000),
    "long": lambda draw: draw.randrange(1_000_000),
    "float": lambda draw: round(draw.uniform(0, 1000), 2),
    "double": lambda draw: round(draw.uniform(0, 1000), 2),
    "decimal": lambda draw: draw.randrange(10),
    "date": lambda _: f"{datetime.now(UTC):%Y-%m-%d}",
    "timestamp": lambda _: _now(),
    "timestamp_ntz": lambda _: _now().removesuffix("Z"),
    "array": lambda _: [],
    "map": lambda _: {},
    "struct": lambda _: {},
}


def records_by_type(columns: Mapping[str, str], seed: int) -> Iterator[dict[str, Any]]:
    """Records without end; the first column differs in each, for it is what names a record.

    Args:
        columns: Types by name, as the contract has them.
        seed: What values are drawn from.
    """
    draw = random.Random(seed)
    names = list(columns)
    while True:
        record = {name: _value(name, columns[name], draw) for name in names}
        record[names[0]] = _unlike_others(columns[names[0]], draw)
        yield record


def _value(name: str, kind: str, draw: random.Random) -> Any:  # noqa: ANN401  JSON is anything
    word = kind.partition("(")[0].partition("<")[0].strip()
    return _WORDS[word](draw) if word in _WORDS else f"{name}-{draw.randint(1, FEW)}"


def _unlike_others(kind: str, draw: random.Random) -> str | int:
    bits = {"int": 31, "long": 62}.get(kind)
    return draw.getrandbits(bits) if bits else f"{draw.getrandbits(64):016x}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
