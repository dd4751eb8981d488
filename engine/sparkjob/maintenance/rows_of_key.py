"""Which rows are to be erased: `column = value`, joined by AND, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Tuple

from pyspark.sql import SparkSession

from sparkjob.contracts import HIDDEN, Contract
from sparkjob.errors import InputRefused, unknown

_NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class RowsOfKey:
    """Rows that share a key.

    Args:
        values: What each column is, as literals of SQL.
    """

    values: Mapping[str, str]

    @classmethod
    def parse(cls, spark: SparkSession, text: str, contract: Contract) -> RowsOfKey:
        """Read a condition; anything but equality could erase more than one key.

        Args:
            spark: Knows SQL.
            text: The condition, such as "customer_id = 4711 AND region = 'EU'".
            contract: Knows the columns.

        Raises:
            InputRefused: It is another condition, or there is no such column.
        """
        try:
            parser = spark._jsparkSession.sessionState().sqlParser()
            values = dict(_equalities(parser.parseExpression(text)))
        except Exception as error:  # its type depends on the version of Spark
            if isinstance(error, InputRefused):
                raise
            raise _refused() from None
        columns = {column.name: column.type for column in contract.stored}
        for name in values:
            if name not in columns:
                raise InputRefused(f"{unknown('column', name, columns)}\n{_NOTHING}")
        return cls(values)

    @property
    def sql(self) -> str:
        """The condition."""
        return " AND ".join(f"`{name}` = {value}" for name, value in self.values.items())

    def shown(self, contract: Contract) -> str:
        """The condition for people, who may not see every value."""
        return ", ".join(
            f"{name} = {HIDDEN if name in contract.sensitive else value}"
            for name, value in self.values.items()
        )


def _equalities(found: Any) -> Iterator[Tuple[str, str]]:  # noqa: ANN401  of the JVM
    kind = found.getClass().getSimpleName()
    if kind == "And":
        yield from _equalities(found.left())
        yield from _equalities(found.right())
        return
    if kind != "EqualTo":
        raise _refused()
    sides = (found.left(), found.right())
    column, value = (each.getClass().getSimpleName() for each in sides)
    if column != "UnresolvedAttribute" or value != "Literal":
        raise _refused()
    yield str(sides[0].name()), str(sides[1].sql())


def _refused() -> InputRefused:
    return InputRefused(
        "where does not name the rows of one key: write column = value, several joined "
        f"by AND, such as customer_id = 4711 AND region = 'EU'.\n{_NOTHING}"
    )
