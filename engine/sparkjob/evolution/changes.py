"""What can happen to a table so that it keeps its contract; each says so in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple, Union

from sparkjob.contracts import Transform
from sparkjob.evolution.choices import words


@dataclass(frozen=True)
class Upgrade:
    """A newer format version; there is no way back."""

    before: int
    version: int
    why: str = "the contract's format_version"
    column: str = "format_version"

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return f"Iceberg's format {self.version} instead of {self.before}"


@dataclass(frozen=True)
class Rename:
    """A new name; Iceberg keeps the field id, so the values stay."""

    column: str
    before: str
    why: str = "the contract says `was`"

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return f"is the new name of {self.before}; its values stay"


@dataclass(frozen=True)
class AddColumn:
    """A new column, or a new field of a struct: `address.zip`, `items.element.price`."""

    column: str
    type: str
    doc: str = ""
    required: bool = False
    why: str = "the contract has it"

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return f"is new: {words(self.type)}" + (", required" if self.required else "")


@dataclass(frozen=True)
class Widen:
    """A type that holds all values of the one before; no file is touched."""

    column: str
    before: str
    type: str
    why: str = "the contract's type is wider"

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return f"becomes {words(self.type)}, was {words(self.before)}"


@dataclass(frozen=True)
class Relax:
    """A column that may be null from now on."""

    column: str
    why: str = "the contract does not say required"

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return "becomes optional"


@dataclass(frozen=True)
class Require:
    """A column that may not be null any more; that no row is null is checked first."""

    column: str
    why: str

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return "becomes required, if every row has a value"


@dataclass(frozen=True)
class Describe:
    """Another text of what a column means."""

    column: str
    doc: str
    why: str = "the contract's doc"

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return f'is described as "{self.doc}"'


@dataclass(frozen=True)
class DropPartition:
    """New files are not split by it any more; older files stay as they are."""

    name: str
    transform: Transform
    why: str = "the contract's partition has no such field"

    @property
    def column(self) -> str:
        """What the files are split by."""
        return self.transform.column

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return f"new files are not split by {self.transform} any more"


@dataclass(frozen=True)
class AddPartition:
    """New files are split by it; older files stay as they are."""

    transform: Transform
    why: str = "the contract's partition"

    @property
    def column(self) -> str:
        """What the files are split by."""
        return self.transform.column

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return f"new files are split by {self.transform}"


@dataclass(frozen=True)
class SortBy:
    """What new files are sorted by; nothing: they are not sorted."""

    order: Tuple[Transform, ...]
    why: str = "the contract's sort"
    column: str = "sort"

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        if not self.order:
            return "new files are not sorted any more"
        return f"new files are sorted by {', '.join(str(each) for each in self.order)}"


@dataclass(frozen=True)
class Drop:
    """A column that goes; older snapshots keep it until they expire."""

    column: str
    why: str

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return "is dropped"


@dataclass(frozen=True)
class SetProperty:
    """A table property."""

    column: str
    value: str
    before: Optional[str] = None
    why: str = "follows from the contract"

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        return f'is "{self.value}"' + (f', was "{self.before}"' if self.before is not None else "")


@dataclass(frozen=True)
class Narrow:
    """A type that does not hold all values of the one before: the column is written anew.

    That each value fits is checked first. `required` and `doc`: as it is afterwards.
    """

    column: str
    before: str
    type: str
    required: bool
    doc: str
    why: str

    @property
    def what(self) -> str:
        """What happens, in words that follow the column."""
        types = f"becomes {words(self.type)}, was {words(self.before)}"
        return f"{types}, if every value fits; it is written anew"

    @property
    def helper(self) -> str:
        """The column that holds the new values until all are there."""
        return helper_name(self.column)


Change = Union[
    Upgrade,
    Rename,
    AddColumn,
    Widen,
    Relax,
    Require,
    Describe,
    DropPartition,
    AddPartition,
    SortBy,
    Drop,
    SetProperty,
    Narrow,
]


@dataclass(frozen=True)
class Refusal:
    """A difference that nobody settles but a person.

    Args:
        column: Column, part of one (`address.zip`), or key of the contract.
        what: What differs.
        why: Why it is not simply done.
        choices: What to write instead; lines of TOML as they are to be pasted.
    """

    column: str
    what: str
    why: str
    choices: Tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.column}: {self.what}", f"  {self.why}"]
        for number, choice in enumerate(self.choices):
            first, *more = choice.splitlines()
            lines.append(f"  {'Or' if number else 'Either'}: {first}")
            lines += [f"      {line}" for line in more]
        return "\n".join(lines)


@dataclass(frozen=True)
class Plan:
    """The way from a table to its contract.

    Args:
        changes: In an order in which they can be made. With a refusal none of them is.
        refusals: What stands in the way.
        older: Whether the contract is an older release's: then the table stays as it is.
    """

    changes: Tuple[Change, ...] = ()
    refusals: Tuple[Refusal, ...] = ()
    older: bool = False


def helper_name(column: str) -> str:
    """The column that is filled while another one is made narrower."""
    return f"_{column}_narrowed"
