"""Operations on stacks that have begun and not ended, as rows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sparklaptop.state.backends import Backends
from sparklaptop.state.once import Answers
from sparklaptop.state.rows import Rows
from sparklaptop.untyped import MotoObject

_KIND = "operation"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an operation was asked to do: enough to run it again from its first step.

    Args:
        what: create, update or delete.
        account: Where.
        region: Where.
        stack: The stack, as it is created.
        identity: Id of a stack that is there.
        text: The template.
        parameters: By name.
        tags: By key.
        id: Of the operation.
    """

    what: str
    account: str
    region: str
    stack: Any = None
    identity: str = ""
    text: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


class Operations:
    """Keeps what has begun until it has ended.

    Args:
        rows: Where.
        backends: Keeps the stacks.
    """

    def __init__(self, rows: Rows, backends: Backends) -> None:
        self._rows = rows
        self._backends = backends
        self._answers = Answers(rows)

    def begin(self, asked: Asked) -> None:
        """From now on it is finished, whatever happens."""
        self._rows.put(_KIND, asked.id, asked)

    def end(self, asked: Asked, backend: MotoObject) -> None:
        """It is over, well or not: its stack is kept and its steps are forgotten, in one."""
        with self._rows.together():
            self._backends.save([backend])
            self._rows.drop(_KIND, asked.id)
            self._answers.forget(asked.id)

    def cut_off(self) -> list[Asked]:
        """Those that a killed server did not end."""
        return [asked for _, asked in self._rows.all(_KIND)]
