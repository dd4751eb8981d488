"""Creates, changes and deletes the resources of one stack, so that nothing is lost on the way.

An unchanged resource is not touched, a changed one is changed in place where AWS would do so, and
a failure puts back what was done. The order is CloudFormation's own: additions and changes first,
after what they depend on; removals last, once everything else has succeeded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sparklaptop.clients import Clients
from sparklaptop.cloudformation import types  # noqa: F401  (fills the table of types)
from sparklaptop.cloudformation.intrinsics import UnresolvedError, resolve
from sparklaptop.cloudformation.problems import (
    Problem,
    ResourceFailedError,
    TemplateError,
    UnsupportedPropertyError,
)
from sparklaptop.cloudformation.resource import TYPES, Context, Physical, ResourceType
from sparklaptop.cloudformation.stacks import Live, StackScope, State, resolve_outputs
from sparklaptop.cloudformation.template import Declared, Template
from sparklaptop.untyped import Json

log = logging.getLogger(__name__)
_EXPECTED = (
    BotoCoreError,
    ClientError,
    KeyError,
    TypeError,
    UnresolvedError,
    UnsupportedPropertyError,
    ValueError,
)


class _FailedError(Exception):
    def __init__(self, declared: Declared | None, cause: Exception) -> None:
        self.declared = declared
        self.cause = cause
        super().__init__(str(cause))


@dataclass(frozen=True, kw_only=True)
class Place:
    """Whose stack it is, where, and what is being done to it."""

    stack: str
    account: str
    region: str
    clients: Clients
    operation: str
    tags: Mapping[str, str] = field(default_factory=dict)

    def context(self, logical_id: str) -> Context:
        """The context of one resource."""
        return Context(
            stack=self.stack,
            logical_id=logical_id,
            account=self.account,
            region=self.region,
            clients=self.clients,
            operation=self.operation,
        )


@dataclass(kw_only=True)
class Changes:
    """What an operation did, by logical id."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def any(self) -> bool:
        """Whether anything at all was done."""
        return bool(self.created or self.updated or self.replaced or self.deleted or self.kept)


def check(stack: str, template: Template) -> None:
    """Refuse a template with anything that the laptop would have to ignore.

    Raises:
        TemplateError: Holds every such type and property, before anything is touched.
    """
    problems = list(template.problems)
    for name, declared in template.resources.items():
        handler = TYPES.get(declared.type)
        if handler is None:
            text = "the laptop cloud has no such type and would skip it"
            problems.append(Problem(logical_id=name, type=declared.type, text=text))
            continue
        problems += [
            Problem(
                logical_id=name,
                type=declared.type,
                property=unknown,
                text="the laptop cloud would ignore it",
            )
            for unknown in handler.unknown(declared.properties)
        ]
    if problems:
        raise TemplateError(stack, problems)


class Operation:
    """One creation or update of one stack.

    Args:
        place: Whose stack it is.
        template: What it shall become; already checked.
        scope: What the template may refer to.
        before: What it is now.
    """

    def __init__(
        self, *, place: Place, template: Template, scope: StackScope, before: State
    ) -> None:
        self._place = place
        self._template = template
        self._scope = scope
        self._before = before
        self._after: dict[str, Live] = {}
        self._undo: list[tuple[str, Callable[[], object]]] = []
        self._replaced: list[Live] = []
        self.changes = Changes()

    def run(self) -> State:
        """Do it.

        Raises:
            ResourceFailedError: A resource failed; everything else was put back.
        """
        try:
            for name in self._template.in_order():
                self._bring(self._template.resources[name])
            outputs = self._outputs()
        except _FailedError as failure:
            raise self._rolled_back(failure) from failure
        self._clean_up()
        return State(resources=self._after, outputs=outputs)

    def _outputs(self) -> Json:
        try:
            return resolve_outputs(self._template, self._scope)
        except _EXPECTED as error:
            raise _FailedError(None, error) from error

    def _bring(self, declared: Declared) -> None:
        try:
            if declared.condition and not self._scope.condition(declared.condition):
                return
            resolved = resolve(declared.properties, self._scope)
            properties = TYPES[declared.type].tagged(resolved, self._place.tags)
            live = self._live(declared, properties)
        except _EXPECTED as error:
            raise _FailedError(declared, error) from error
        self._after[declared.logical_id] = live
        self._scope.physical[declared.logical_id] = live.physical

    def _live(self, declared: Declared, properties: Mapping[str, Any]) -> Live:
        old = self._before.resources.get(declared.logical_id)
        handler = TYPES[declared.type]
        if old is None or old.type != declared.type:
            physical = self._create(handler, declared, properties)
            self.changes.created.append(declared.logical_id)
        elif old.properties == properties:
            physical = old.physical
        elif handler.needs_replacement(old.properties, properties):
            physical = self._replace(handler, declared, old, properties)
        else:
            physical = self._update(handler, declared, old, properties)
        if old is not None and old.type != declared.type:
            self._replaced.append(old)
        return Live(
            logical_id=declared.logical_id,
            type=declared.type,
            properties=properties,
            physical=physical,
            retained=declared.retained,
            retained_when_replaced=declared.retained_when_replaced,
        )

    def _create(
        self, handler: ResourceType, declared: Declared, properties: Mapping[str, Any]
    ) -> Physical:
        context = self._place.context(declared.logical_id)
        physical = handler.create(context, properties)
        undo = lambda: handler.uncreate(context, physical, properties)  # noqa: E731
        self._undo.append((declared.logical_id, undo))
        handler.complete(context, physical, properties)
        return physical

    def _update(
        self, handler: ResourceType, declared: Declared, old: Live, new: Mapping[str, Any]
    ) -> Physical:
        context = self._place.context(declared.logical_id)
        undo = lambda: handler.update(context, old.physical, new, old.properties)  # noqa: E731
        # Registered first: an update that fails half-way is put back too.
        self._undo.append((declared.logical_id, undo))
        physical = handler.update(context, old.physical, old.properties, new)
        self.changes.updated.append(declared.logical_id)
        return physical

    def _replace(
        self, handler: ResourceType, declared: Declared, old: Live, new: Mapping[str, Any]
    ) -> Physical:
        name = handler.name_property
        if name and new.get(name) and new.get(name) == old.properties.get(name):
            changed = sorted(
                key for key in handler.replaces if old.properties.get(key) != new.get(key)
            )
            raise UnsupportedPropertyError(
                ", ".join(changed) or name,
                f"this change needs a new resource, and its name {new[name]} is taken by the old "
                "one; change the name too",
            )
        physical = self._create(handler, declared, new)
        self._replaced.append(old)
        self.changes.replaced.append(declared.logical_id)
        return physical

    def _rolled_back(self, failure: _FailedError) -> ResourceFailedError:
        left = []
        for name, undo in reversed(self._undo):
            try:
                undo()
            except Exception as error:
                log.warning("stack %s: %s was not put back: %s", self._place.stack, name, error)
                left.append(f"{name}: {explain(error)}")
        undone = "what was done was put back" if not left else f"left behind: {'; '.join(left)}"
        return ResourceFailedError(
            self._place.stack, problem_of(failure.declared, failure.cause), undone
        )

    def _clean_up(self) -> None:
        gone = [
            live
            for name, live in reversed(list(self._before.resources.items()))
            if name not in self._after
        ]
        self._remove([replace(one, retained=one.retained_when_replaced) for one in self._replaced])
        self._remove(gone)

    def _remove(self, resources: list[Live]) -> None:
        removal = remove(self._place, resources)
        self.changes.deleted += removal.deleted
        self.changes.kept += removal.kept
        self.changes.notes += removal.notes


def remove(place: Place, resources: list[Live]) -> Changes:
    """Delete resources in order; what is retained or cannot be deleted stays, with a note."""
    changes = Changes()
    for live in resources:
        if live.retained:
            changes.kept.append(live.logical_id)
            changes.notes.append(f"{live.logical_id} ({live.type}) {live.physical.id} is retained")
            continue
        try:
            context = place.context(live.logical_id)
            TYPES[live.type].delete(context, live.physical, live.properties)
            changes.deleted.append(live.logical_id)
        except (BotoCoreError, ClientError) as error:
            what = f"{live.logical_id} ({live.type}) {live.physical.id}"
            changes.kept.append(live.logical_id)
            changes.notes.append(f"{what} could not be deleted and stays: {explain(error)}")
    return changes


def problem_of(declared: Declared | None, cause: Exception) -> Problem:
    """What failed, in words."""
    name = cause.name if isinstance(cause, UnsupportedPropertyError) else ""
    return Problem(
        logical_id=declared.logical_id if declared else "",
        type=declared.type if declared else "",
        property=name,
        text=explain(cause),
    )


def explain(cause: Exception) -> str:
    """An error in words, without the class names of its makers where it has a text of its own."""
    if isinstance(cause, ClientError):
        error = cause.response["Error"]
        return f"{error.get('Message') or 'no message'} ({error.get('Code')})"
    if isinstance(cause, KeyError):
        return f"{cause.args[0]} is missing"
    return str(cause) or type(cause).__name__
