"""Changes of a table that lose something: made only because the contract says so, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sparkmodel.base import Model, Text
from sparkmodel.column import Column, unknown_column
from sparkmodel.problems import Finding, refuse


def _reason(text: str) -> str:
    if not text.strip():
        raise refuse("is empty. Say why what gets lost is needed no more.")
    return text


class Migration(Model):
    """A change that loses something. Exactly one of drop and narrow.

    Args:
        drop: A column that goes away, with its values.
        narrow: A column that gets a narrower type, or becomes required.
        reason: Why.
    """

    drop: Text | None = Field(default=None, min_length=1, description="A column that goes away.")
    narrow: Text | None = Field(
        default=None, description="A column that gets a narrower type, or becomes required."
    )
    reason: Annotated[Text, AfterValidator(_reason)] = Field(description="Why.")

    @model_validator(mode="after")
    def _one_change(self) -> Migration:
        if (self.drop is None) == (self.narrow is None):
            given = "has both drop and narrow" if self.drop is not None else "changes nothing"
            raise refuse(f'{given}. Give exactly one of drop = "<column>" and narrow = "<column>".')
        return self


def migration_findings(
    migrations: Sequence[Migration], columns: Mapping[str, Column]
) -> Iterator[Finding]:
    """Say which migrations do not fit the columns.

    Args:
        migrations: In the contract's order.
        columns: Those of the table as the contract wants it.
    """
    renamed = {column.was: name for name, column in columns.items() if column.was}
    seen: set[str] = set()
    for index, migration in enumerate(migrations):
        key = "drop" if migration.drop is not None else "narrow"
        name, path = getattr(migration, key), ("migrations", index, key)
        if name in seen:
            yield Finding(path=path, text="is there twice: one migration says it all.")
        elif key == "narrow" and (unknown := unknown_column(path, name, columns)):
            yield unknown
        elif key == "drop" and name in columns:
            text = "is still a column of the contract. Take it out of columns, or leave this out."
            yield Finding(path=path, text=text)
        elif key == "drop" and name in renamed:
            text = f"is what {renamed[name]} was: its values move there, so it cannot go away."
            yield Finding(path=path, text=text)
        seen.add(name)
