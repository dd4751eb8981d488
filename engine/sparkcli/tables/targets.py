"""Which state of a table a rollback goes to, or why it cannot."""

from collections.abc import Iterable

from sparkcli.errors import CallError
from sparkcli.tables.names import RunName
from sparkcli.tables.snapshots import Past
from sparkcli.tables.written import Written

MOST_CHOICES = 8


def state_to(past: Past, table: str, text: str) -> Written:
    """The state that `--to` names: a snapshot, a tag, or what a run left.

    Raises:
        CallError: There is no such state, it was never published, or it is half a run.
    """
    if text.isdecimal():
        found = _snapshot(past, table, int(text))
    elif "/" in text:
        found = _left_by(past, table, RunName.parse("--to", text))
    else:
        found = _tagged(past, table, text)
    if past.main and found.id == past.main[0].id:
        raise _refused(past, table, f"{table} is at {text} now; there is nothing to roll back.")
    return found


def state_before(past: Past, table: str, text: str) -> Written:
    """The state that `--before` names: what main was when a run published.

    Raises:
        CallError: The run did not write what main has now, or nothing is kept of before it.
    """
    run = RunName.parse("--before", text)
    of_run = _newest_generation(each for each in past.main if run.wrote(each))
    if not of_run:
        raise _not_there(past, table, run)
    line = past.line(of_run[-1].id)
    if len(line) == 1:
        raise _refused(
            past, table,
            f"{run} is the oldest that {table} keeps: there is no state before it. Run it again "
            f"with the right input: ./sparkrail rerun {run.job}/{run.key}",
        )  # fmt: skip
    return line[1]


def choices(past: Past, table: str) -> str:
    """States that a rollback may go to, a line each."""
    ends = [each for each in past.main[1:] if not _half(past, each)]
    lines = [str(each) for each in ends[:MOST_CHOICES]]
    lines += [f"{each}  (rolled back)" for each in past.undone[:MOST_CHOICES]]
    if not lines:
        return f"{table} keeps no other state."
    return "\n".join(["States that it can go to:", *(f"  {line}" for line in lines)])


def _snapshot(past: Past, table: str, snapshot: int) -> Written:
    found = past.find(snapshot)
    if found is None:
        raise _refused(
            past, table, f"{snapshot} is not a snapshot of {table}, or not any more: it expired."
        )  # fmt: skip
    if found.id not in {each.id for each in (*past.main, *past.undone)}:
        raise _refused(past, table, f"{_never_published(past, found)} {table} never had it.")
    if _half(past, found):
        raise _refused(
            past, table,
            f"{snapshot} is half of what {found.run} did. --to {found.run} is the whole of it, "
            f"--before {found.run} nothing.",
        )  # fmt: skip
    return found


def _tagged(past: Past, table: str, name: str) -> Written:
    tags = {ref.name: ref.head for ref in past.refs if ref.tag}
    if name in tags:
        return _snapshot(past, table, tags[name].id)
    known = f" Tags: {', '.join(sorted(tags))}." if tags else ""
    raise _refused(
        past, table, f'"{name}" is not a snapshot, a run (JOB/KEY) or a tag of {table}.{known}'
    )  # fmt: skip


def _left_by(past: Past, table: str, run: RunName) -> Written:
    for states in (past.main, past.undone):
        if of_run := _newest_generation(each for each in states if run.wrote(each)):
            return of_run[0]
    raise _not_there(past, table, run)


def _newest_generation(states: Iterable[Written]) -> list[Written]:
    """Those of the newest generation, newest first; a run is undone one generation at a time."""
    found = [each for each in states if each.run]
    newest = max((each.run.generation for each in found if each.run), default=0)
    return [each for each in found if each.run and each.run.generation == newest]


def _not_there(past: Past, table: str, run: RunName) -> CallError:
    undone = next((each for each in past.undone if run.wrote(each)), None)
    staged = next((ref for ref in past.refs if run.wrote(ref.head) and not ref.tag), None)
    if undone is not None:
        said = f"What {run} wrote into {table} was rolled back already; --to {run} brings it again."
    elif staged is not None:
        said = f"{_never_published(past, staged.head)} There is nothing of it to roll back."
    else:
        said = f"{run} wrote nothing that {table} still knows as its own."
    return _refused(past, table, said)


def _never_published(past: Past, state: Written) -> str:
    names = [ref.name for ref in past.refs if any(e.id == state.id for e in past.line(ref.head.id))]
    where = f" It is in the branch {names[0]}." if names else ""
    return f"Snapshot {state.id} ({state.by or state.operation}) was never published.{where}"


def _half(past: Past, state: Written) -> bool:
    """Whether the same run went on after a snapshot of main."""
    ids = [each.id for each in past.main]
    at = ids.index(state.id) if state.id in ids else 0
    return at > 0 and state.run is not None and past.main[at - 1].run == state.run


def _refused(past: Past, table: str, said: str) -> CallError:
    return CallError(
        f"{said} Nothing was changed.\n{choices(past, table)}",
        next_command=f"./sparkrail tables history {table}",
    )
