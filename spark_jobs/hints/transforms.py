"""From rows of text to changes with types, and from changes to one row per hint."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

TEXTS = ("person_id", "record_id", "status", "type")
TYPED = {"hint_id": "bigint", "score": "double", "changed_at": "timestamp"}
COLUMNS = ("hint_id", *TEXTS, "score", "changed_at")


def parse(rows: DataFrame) -> DataFrame:
    """Give each column its type; a row of which a part is unreadable gets a reason.

    Args:
        rows: Rows of `read_csv`: the text columns COLUMNS.

    Returns:
        COLUMNS with their types and the bookkeeping columns of `read_csv`, with the reasons found
        here added to `_reason`.
    """
    kept = [name for name in rows.columns if name.startswith("_") and name != "_reason"]
    texts = rows.select(*[F.trim(name).alias(name) for name in COLUMNS], *kept, "_reason")
    reasons = F.concat_ws("; ", *[_missing(name) for name in TEXTS], *map(_unreadable, TYPED))
    return texts.select(
        *[_typed(name).alias(name) for name in COLUMNS],
        *kept,
        F.coalesce("_reason", F.when(reasons != "", reasons)).alias("_reason"),
    )


def newest(changes: DataFrame) -> DataFrame:
    """Keep the newest change of each hint, for a merge takes each key once.

    Of changes at the same moment the one with the greater values stays, so that the same files
    always give the same rows.
    """
    others = [name for name in COLUMNS if name not in ("hint_id", "changed_at")]
    last = F.max(F.struct("changed_at", *others)).alias("last")
    rows = changes.groupBy("hint_id").agg(last)
    return rows.select("hint_id", *[F.col(f"last.{name}") for name in COLUMNS[1:]])


def _typed(name: str) -> Column:
    return F.expr(f"try_cast({name} AS {TYPED[name]})") if name in TYPED else F.col(name)


def _missing(name: str) -> Column:
    return F.when(F.coalesce(F.col(name), F.lit("")) == "", F.lit(f"{name} is empty"))


def _unreadable(name: str) -> Column:
    said = F.concat(F.lit(f'{name} "'), F.col(name), F.lit(f'" is no {TYPED[name]}'))
    return F.coalesce(_missing(name), F.when(_typed(name).isNull(), said))
