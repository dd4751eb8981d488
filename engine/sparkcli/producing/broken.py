"""Ways in which a record can be none, one for each reason that the platform knows."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

NOT_A_NUMBER = "many"  # is also no moment, no boolean and no list


def broken_value(
    record: Mapping[str, Any],
    columns: Mapping[str, str],
    required: Sequence[str],
    draw: random.Random,
) -> bytes | None:
    """The value of a record that a stream must keep aside.

    Without a value, not UTF-8, not JSON, without a field that is required, or with a field of
    another type; the last two only where the contract has such columns.

    Args:
        record: A good one.
        columns: Types by name.
        required: Columns that a record must have.
        draw: What the fault is drawn from.
    """
    whole = json.dumps(record, separators=(",", ":"))
    typed = [name for name, kind in columns.items() if kind not in ("string", "binary")]
    faults: list[bytes | None] = [None, b"\xff\xfe" + whole.encode(), whole[:-3].encode()]
    if required:
        gone = draw.choice(list(required))
        faults.append(_encoded({name: value for name, value in record.items() if name != gone}))
    if typed:
        faults.append(_encoded({**record, draw.choice(typed): NOT_A_NUMBER}))
    return draw.choice(faults)


def _encoded(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()
