"""What a resource type must be able to do, and the table of all that the laptop cloud knows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sparklaptop.clients import Clients
from sparklaptop.cloudformation.problems import UnsupportedPropertyError

Properties = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Context:
    """For whom and where a resource is made, and in which operation."""

    stack: str
    logical_id: str
    account: str
    region: str
    clients: Clients
    operation: str

    @property
    def token(self) -> str:
        """Letters of this resource in this operation; the same when the operation is run again."""
        seed = f"{self.operation}/{self.stack}/{self.logical_id}"
        return hashlib.sha256(seed.encode()).hexdigest()[:32]

    def generated_name(self, limit: int = 128) -> str:
        """A fresh physical name in CloudFormation's way: stack, logical id, random letters."""
        tail = f"-{self.logical_id}-{self.token[:12]}"
        return f"{self.stack[: max(limit - len(tail), 0)]}{tail}"[-limit:].lstrip("-")

    def arn(self, service: str, rest: str) -> str:
        """An ARN in this account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def stable_id(self, prefix: str) -> str:
        """An id that is the same for the same resource of the same stack."""
        seed = f"{self.account}/{self.region}/{self.stack}/{self.logical_id}"
        return prefix + hashlib.sha256(seed.encode()).hexdigest()[:17]


@dataclass(frozen=True, kw_only=True)
class Physical:
    """A resource that exists: what Ref gives, and what Fn::GetAtt gives."""

    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class ResourceType:
    """One CloudFormation type: how it is made, changed and deleted over the public API.

    Subclasses say in `properties` what they honour; everything else in a template is an error.
    A change of a property in `replaces` makes a new resource; others are changed in place.
    """

    type: ClassVar[str]
    properties: ClassVar[frozenset[str]]
    replaces: ClassVar[frozenset[str]] = frozenset()
    name_property: ClassVar[str | None] = None

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it, in one call: what may fail half-way belongs into `complete`."""
        raise NotImplementedError

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Bring what was just made to its properties. Default: nothing is left to do."""

    def uncreate(self, context: Context, live: Physical, properties: Properties) -> None:
        """Take back a creation. Default: delete it."""
        self.delete(context, live, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change it in place, from the properties `old` to `new`."""
        raise NotImplementedError

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        raise NotImplementedError

    def unknown(self, properties: Properties) -> list[str]:
        """Properties of a template that the laptop would have to ignore."""
        return sorted(set(properties) - self.properties)

    def tagged(self, properties: Properties, tags: Mapping[str, str]) -> Properties:
        """Properties with the tags of the stack, which a resource gets besides its own."""
        if not tags or self.unknown({"Tags": []}):
            return properties
        own = {tag["Key"]: tag["Value"] for tag in tags_of(properties)}
        both = sorted({**tags, **own}.items())
        return {**properties, "Tags": [{"Key": key, "Value": value} for key, value in both]}

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Whether the change from `old` to `new` cannot be made in place."""
        return any(old.get(name) != new.get(name) for name in self.replaces)


TYPES: dict[str, ResourceType] = {}


def known(cls: type[ResourceType]) -> type[ResourceType]:
    """Class decorator: enters the type into the table of known types."""
    TYPES[cls.type] = cls()
    return cls


def words(names: str) -> frozenset[str]:
    """A set of names, written with spaces between them."""
    return frozenset(names.split())


def json_text(value: object) -> str:
    """A value of a template as the services take it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def only(part: Mapping[str, Any], where: str, names: str) -> Mapping[str, Any]:
    """`part`, once it is clear that it holds nothing but `names`.

    Raises:
        UnsupportedPropertyError: It holds something else, which would be ignored.
    """
    extra = sorted(set(part) - words(names))
    if extra:
        raise UnsupportedPropertyError(f"{where}.{extra[0]}")
    return part


def tags_of(properties: Properties) -> list[dict[str, str]]:
    """The Tags property as a list of Key and Value strings."""
    tags = properties.get("Tags", [])
    if isinstance(tags, Mapping):
        return [{"Key": key, "Value": str(value)} for key, value in tags.items()]
    return [{"Key": tag["Key"], "Value": str(tag["Value"])} for tag in tags]


def removed_tags(old: Properties, new: Properties) -> list[str]:
    """Keys of tags that are gone."""
    return sorted({tag["Key"] for tag in tags_of(old)} - {tag["Key"] for tag in tags_of(new)})
