"""Makes changes to an Iceberg table in one transaction, through Iceberg's public Java API."""

from __future__ import annotations

import itertools
from typing import Any, Iterable, List, Optional

from pyspark.sql import SparkSession

from sparkjob.contracts import Transform
from sparkjob.evolution.changes import (
    AddColumn,
    AddPartition,
    Change,
    Describe,
    Drop,
    DropPartition,
    Relax,
    Rename,
    Require,
    SetProperty,
    SortBy,
    Upgrade,
    Widen,
)
from sparkjob.evolution.ddl import quoted_type

_RENAME, _SCHEMA, _PARTITION, _SORT, _DROP, _PROPERTIES = range(6)
_STEPS = {
    Rename: _RENAME,
    AddColumn: _SCHEMA,
    Widen: _SCHEMA,
    Relax: _SCHEMA,
    Require: _SCHEMA,
    Describe: _SCHEMA,
    DropPartition: _PARTITION,
    AddPartition: _PARTITION,
    SortBy: _SORT,
    Drop: _DROP,
    SetProperty: _PROPERTIES,
    Upgrade: _PROPERTIES,
}


class Changer:
    """Puts changes into a transaction; somebody else commits it.

    Args:
        spark: The session.
        transaction: Iceberg's Java transaction.
    """

    def __init__(self, spark: SparkSession, transaction: Any) -> None:  # noqa: ANN401  Java
        self._java = spark._jvm.org.apache.iceberg
        self._types = spark._jvm.org.apache.spark.sql.types.StructType
        self._transaction = transaction

    def apply(self, changes: Iterable[Change]) -> None:
        """Add the changes; neighbours of one kind are one update."""
        for step, group in itertools.groupby(changes, key=lambda each: _STEPS[type(each)]):
            each = list(group)
            if step in (_RENAME, _SCHEMA, _DROP):
                self._schema(each)
            elif step == _PARTITION:
                self._partition(each)
            elif step == _SORT:
                self._sort(each)
            else:
                self._properties(each)

    def replace(self, drop: Drop, rename: Rename, *edits: Change, after: Optional[str]) -> None:
        """Let one column take the place and the name of another, in a single update.

        Args:
            drop: The column that goes.
            rename: The other one, which gets its name.
            edits: More changes of the other one, by the name that it has now.
            after: The column before the one that goes. None: it is the first.
        """
        update = self._transaction.updateSchema().allowIncompatibleChanges()
        if after is None:
            update.moveFirst(rename.before)
        else:
            update.moveAfter(rename.before, after)
        for each in edits:
            self._edit(update, each)
        update.deleteColumn(drop.column)
        update.renameColumn(rename.before, rename.column)
        update.commit()

    def iceberg_type(self, spark_type: str) -> Any:  # noqa: ANN401  a Java object
        """Iceberg's type for Spark's; every part of it may be null."""
        schema = self._types.fromDDL(f"x {quoted_type(spark_type)}")
        return self._java.spark.SparkSchemaUtil.convert(schema).findType("x")

    def _schema(self, changes: List[Change]) -> None:
        update = self._transaction.updateSchema().allowIncompatibleChanges()
        for each in changes:
            self._edit(update, each)
        update.commit()

    def _edit(self, update: Any, change: Change) -> None:  # noqa: ANN401  Java
        if isinstance(change, Rename):
            update.renameColumn(change.before, change.column)
        elif isinstance(change, AddColumn):
            self._add(update, change)
        elif isinstance(change, Widen):
            update.updateColumn(change.column, self.iceberg_type(change.type))
        elif isinstance(change, Describe):
            update.updateColumnDoc(change.column, change.doc)
        elif isinstance(change, Relax):
            update.makeColumnOptional(change.column)
        elif isinstance(change, Require):
            update.requireColumn(change.column)
        elif isinstance(change, Drop):
            update.deleteColumn(change.column)

    def _add(self, update: Any, change: AddColumn) -> None:  # noqa: ANN401  Java
        parent, _, name = change.column.rpartition(".")
        kind, doc = self.iceberg_type(change.type), change.doc or None
        add = update.addRequiredColumn if change.required else update.addColumn
        if parent:
            add(parent, name, kind, doc)
        else:
            add(name, kind, doc)

    def _partition(self, changes: List[Change]) -> None:
        update = self._transaction.updateSpec()
        for each in changes:
            if isinstance(each, DropPartition):
                update.removeField(each.name)
            elif isinstance(each, AddPartition):
                update.addField(self._term(each.transform))
        update.commit()

    def _sort(self, changes: List[Change]) -> None:
        update = self._transaction.replaceSortOrder()
        nulls = self._java.NullOrder
        for change in changes:
            for each in change.order if isinstance(change, SortBy) else ():
                if each.descending:
                    update.desc(self._term(each), nulls.NULLS_LAST)
                else:
                    update.asc(self._term(each), nulls.NULLS_FIRST)
        update.commit()

    def _properties(self, changes: List[Change]) -> None:
        update = self._transaction.updateProperties()
        for each in changes:
            if isinstance(each, SetProperty):
                update.set(each.column, each.value)
            elif isinstance(each, Upgrade):
                update.set("format-version", str(each.version))
        update.commit()

    def _term(self, transform: Transform) -> Any:  # noqa: ANN401  a Java object
        terms = self._java.expressions.Expressions
        if transform.name == "identity":
            return terms.ref(transform.column)
        make = getattr(terms, transform.name)
        if transform.width is not None:
            return make(transform.column, transform.width)
        return make(transform.column)
