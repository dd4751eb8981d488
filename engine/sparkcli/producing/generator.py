"""Where records come from: `topics/<topic>.py` beside the contract, else the types in it."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkcli.errors import CallError
from sparkcli.producing.by_type import records_by_type
from sparkcli.producing.messages import Form

if TYPE_CHECKING:
    from sparkmodel.topic import Topic

FUNCTION = "records"
KEY = "KEY"


def generator(root: Path, topic: "Topic", seed: int) -> tuple[Form, Iterator[dict[str, Any]]]:
    """How a topic's records look, and good ones without end.

    `topics/<topic>.py` has `records(seed)`, which yields dictionaries, and may have `KEY`, the
    field that is the record's key (else the first column is). Without such a file, values are made
    up by the contract's types. What names a record is the contract's first column.

    Args:
        root: The project.
        topic: The contract.
        seed: What they are drawn from.

    Raises:
        CallError: The file has no such function.
    """
    columns = {name: column.type for name, column in topic.columns.items()}
    required = tuple(name for name, column in topic.columns.items() if column.required)
    first = next(iter(columns))
    file = root / "topics" / f"{topic.name}.py"
    if not file.is_file():
        return Form(columns, required, first, first), records_by_type(columns, seed)
    module = runpy.run_path(str(file))
    if FUNCTION not in module:
        raise CallError(
            f"{file.relative_to(root)} has no function {FUNCTION}(seed) that yields the values of "
            "records, as dictionaries. Without the file, they are made up by the contract's types."
        )
    form = Form(columns, required, first, str(module.get(KEY, first)))
    return form, iter(module[FUNCTION](seed))
