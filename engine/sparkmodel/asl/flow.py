"""Rules of the graph: nothing missing, nothing dead, every path ends, and ends with its cause."""

from __future__ import annotations

from collections.abc import Iterator

from sparkmodel.asl.findings import Finding
from sparkmodel.asl.machine import TERMINAL, Scope, State


def flow(scope: Scope) -> Iterator[Finding]:
    """Check how the states of a scope follow each other.

    Args:
        scope: The machine's own states, or those of one processor or branch.
    """
    yield from _missing(scope)
    reached = scope.reached(str(scope.start))
    for name, state in scope.states.items():
        if name not in reached and scope.start in scope.states:
            yield Finding(
                rule="Reachable",
                path=state.path,
                text="no path leads to it",
                fix="Lead to it, or take it out: what never runs is never tested.",
            )
        yield from _ending(state, scope)
        yield from _cause(state, scope)


def _missing(scope: Scope) -> Iterator[Finding]:
    if scope.start not in scope.states:
        yield Finding(
            rule="NextExists",
            path=scope.path.rstrip("/"),
            text=f'StartAt is "{scope.start}", and there is no such state',
            fix=f"Name one of its states: {_names(scope)}.",
        )
    for state in scope.states.values():
        for name in dict.fromkeys(state.leads_to):
            if name not in scope.states:
                yield Finding(
                    rule="NextExists",
                    path=state.path,
                    text=f'it leads to "{name}", and there is no such state beside it',
                    fix=f"Name one of the states beside it: {_names(scope)}.",
                )


def _ending(state: State, scope: Scope) -> Iterator[Finding]:
    body = state.body
    if state.type == "Choice":
        if "Default" not in body:
            yield Finding(
                rule="Ends",
                path=state.path,
                text="it has no Default, so that data which no rule meets ends the execution with "
                "States.NoChoiceMatched, which a Choice cannot catch",
                fix="Add a Default; a Fail that says which data was not expected will do.",
            )
    elif state.type not in TERMINAL and ("Next" in body) == bool(body.get("End")):
        yield Finding(
            rule="Ends",
            path=state.path,
            text="it needs either Next or End, and not both",
            fix='Write "Next": "<state>" or "End": true.',
        )
    if state.name not in scope.ending:
        yield Finding(
            rule="Ends",
            path=state.path,
            text="no path from it ever ends",
            fix="Give the loop a way out: a Choice on a counter or on a state that was read.",
        )


def _cause(state: State, scope: Scope) -> Iterator[Finding]:
    if state.type != "Fail":
        return
    if "Error" not in state.body and "ErrorPath" not in state.body:
        yield Finding(
            rule="FailCause",
            path=state.path,
            text="it has no Error, so that nobody can retry or catch it by name",
            fix='Add "Error": "<a name of your own>" (names that begin with States. are reserved).',
        )
    if "CausePath" in state.body or str(state.body.get("Cause", "")).startswith("{%"):
        return
    if "Cause" not in state.body:
        text = "it has no cause, so that whoever is called has nothing to go by"
    elif _caught_before(state, scope):
        text = "an error that was caught leads to it, and a fixed Cause hides what it said"
    else:
        return
    yield Finding(
        rule="FailCause",
        path=state.path,
        text=text,
        fix='Keep the caught error ("ResultPath": "$.error") and write "CausePath": '
        '"$.error.Cause"; a fixed Cause will do only where no error was caught before.',
    )


def _caught_before(state: State, scope: Scope) -> bool:
    handlers = [name for each in scope.states.values() for name in each.caught_by]
    return state.name in scope.reached(*handlers)


def _names(scope: Scope) -> str:
    return ", ".join(sorted(scope.states)) or "there is none"
