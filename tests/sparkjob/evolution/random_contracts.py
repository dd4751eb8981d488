"""Two contracts by chance: one of a table, and what somebody made of it."""

import re
from dataclasses import replace
from random import Random

from sparkjob.column_types import Array, Decimal, Field, Map, Primitive, Struct
from sparkjob.contracts import Column, Contract, Maintenance, Migration, Transform

NAMES = ["a", "b", "c", "d", "e", "E", "a_day"]
SIMPLE = ["string", "int", "bigint", "float", "double", "boolean", "date", "timestamp", "binary"]
WIDER = {"int": "bigint", "float": "double", "decimal(8,2)": "decimal(20,2)"}
NARROWER = {wider: narrower for narrower, wider in WIDER.items()}
MODES = ["replace", "append", "overwrite_partitions", "merge"]


class Pair:
    """The old contract, the new one, and whether the table has rows.

    Args:
        seed: Names the pair.
    """

    def __init__(self, seed):
        self._chance = Random(seed)
        self.written = self._chance.random() < 0.7
        names = self._unique(self._chance.sample(NAMES, self._chance.randint(1, 4)))
        old = [self._column(name) for name in names]
        self._migrations = []
        new = [made for each in old for made in self._made_of(each)]
        new += [self._column(name) for name in self._chance.sample(NAMES, self._few())]
        self._chance.shuffle(new)
        by_name = {each.name.lower(): each for each in new}
        self.old = self._contract(old)
        layout = self.old if self._chance.random() < 0.5 else None
        self.new = replace(
            self._contract(list(by_name.values()) or old, like=layout),
            migrations=tuple(self._migrations),
        )

    def _made_of(self, column):
        if self._chance.random() < 0.4:
            self._migrations.append(Migration(narrow=column.name, reason="wanted"))
        what = self._chance.choice(
            ["keep", "keep", "wider", "narrower", "type", "drop", "rename", "optional", "required"]
        )
        if what == "drop":
            if self._chance.random() < 0.7:
                self._migrations.append(Migration(drop=column.name, reason="unused"))
            return []
        if what in ("wider", "narrower"):
            types = WIDER if what == "wider" else NARROWER
            for before, after in types.items():
                changed = re.sub(rf"\b{re.escape(before)}", after, column.type)
                if changed != column.type:
                    return [replace(column, type=changed)]
        if what == "type":
            return [replace(column, type=str(self._type()), doc=self._doc())]
        if what == "rename":
            name = self._chance.choice(NAMES)
            return [replace(column, name=name, was=column.name)]
        if what in ("optional", "required"):
            return [replace(column, required=what == "required")]
        return [column]

    def _column(self, name):
        return Column(name, str(self._type()), self._chance.random() < 0.3, self._doc())

    def _doc(self):
        return self._chance.choice(["", "doc", 'it\'s "so"'])

    def _type(self, depth=0):
        kind = self._chance.choice(["simple"] * 6 + ["array", "map", "struct"])
        if kind == "simple" or depth == 3:
            words = [*SIMPLE, *WIDER, *WIDER.values()]
            word = self._chance.choice(words)
            return Decimal(8 if "8" in word else 20, 2) if "(" in word else Primitive(word)
        if kind == "array":
            return Array(self._type(depth + 1))
        if kind == "map":
            return Map(Primitive("string"), self._type(depth + 1))
        names = self._chance.sample(["x", "y", "order"], self._chance.randint(1, 3))
        return Struct(tuple(Field(name, self._type(depth + 1)) for name in names))

    def _contract(self, columns, like=None):
        flat = [each for each in columns if each.type in ("string", "int", "date", "timestamp")]
        names = {each.name for each in flat}
        partition = self._layout(flat)
        sort = tuple(
            replace(each, descending=self._chance.random() < 0.5) for each in self._layout(flat)
        )
        if like is not None:
            partition = tuple(each for each in like.partition if each.column in names)
            sort = tuple(each for each in like.sort if each.column in names)
        return Contract(
            name="sales.daily",
            description=self._chance.choice(["one", "two"]),
            write=like.write if like else self._chance.choice(MODES),
            key=(),
            partition=partition,
            columns=tuple(columns),
            checks=(),
            sort=sort,
            format_version=max(like.format_version if like else 2, self._chance.choice([2, 2, 3])),
            maintenance=Maintenance(by=self._chance.choice(["sparkrail", "nobody"])),
        )

    def _layout(self, columns):
        chosen = self._chance.sample(columns, min(len(columns), self._few()))
        made = [self._transform(each) for each in chosen]
        names = {each.name for each in columns}
        return tuple(each for each in made if f"{each.column}_{each.name}" not in names)

    def _transform(self, column):
        words = ["identity", "bucket"]
        if column.type in ("date", "timestamp"):
            words += ["day", "month"]
        if column.type in ("string", "int"):
            words.append("truncate")
        word = self._chance.choice(words)
        return Transform(column.name, word, {"bucket": 4, "truncate": 10}.get(word))

    def _few(self):
        return self._chance.choice([0, 0, 1, 2])

    @staticmethod
    def _unique(names):
        return list({name.lower(): name for name in names}.values())
