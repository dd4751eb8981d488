"""What a person gave to `--input`, `--parameter` and `--key`, checked against the manifest."""

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sparkcli.errors import CallError, nearest, unknown

if TYPE_CHECKING:
    from sparkmodel import Job

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")


@dataclass(frozen=True)
class Overrides:
    """What differs from the manifest in one run by hand.

    Args:
        inputs: Local files by the name of the input.
        parameters: Values by the name of the parameter, as text.
    """

    inputs: Mapping[str, tuple[Path, ...]]
    parameters: Mapping[str, str]


def read_overrides(job: "Job", inputs: Sequence[str], parameters: Sequence[str]) -> Overrides:
    """Check what was given against the manifest of `job`.

    Raises:
        CallError: Unknown name, wrong type, missing file.
    """
    return Overrides(_read_inputs(job, inputs), _read_parameters(job, parameters))


def manual_key(now: datetime.datetime) -> str:
    """The run key of a run by hand: `manual-20261121T063000Z`."""
    return f"manual-{now.astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}"


def check_key(key: str) -> str:
    """`key` if every name that is made of it allows it; else a CallError."""
    if not KEY.fullmatch(key):
        raise CallError(
            f'--key "{key}" cannot be a run key: it becomes part of names that allow up to '
            "50 letters, digits, - and _, beginning with a letter or digit. "
            "Example: --key 20261121T063000Z",
            next_command="./sparkrail run --help",
        )
    return key


def _read_inputs(job: "Job", texts: Sequence[str]) -> dict[str, tuple[Path, ...]]:
    found: dict[str, tuple[Path, ...]] = {}
    for text in texts:
        name, path = _name_and_file(job, text)
        if job.inputs[name].path is None:
            raise CallError(
                f'--input {text}: the input "{name}" of {job.name} is not a path, so it cannot be '
                "replaced by a file.",
                next_command=f"./sparkrail check {job.name}",
            )
        _check_file(text, path)
        found[name] = (*found.get(name, ()), path)
    return found


def _name_and_file(job: "Job", text: str) -> tuple[str, Path]:
    name, equals, rest = text.partition("=")
    if equals and name.isidentifier() and (name in job.inputs or not Path(text).exists()):
        if name not in job.inputs:
            raise _unknown("input", name, job.inputs, job)
        return name, Path(rest)
    paths = [name for name, given in job.inputs.items() if given.path is not None]
    if len(paths) != 1:
        raise CallError(
            f"--input {text}: {job.name} has {len(paths)} inputs that are files"
            + (f" ({', '.join(sorted(paths))}); say which: --input NAME={text}" if paths else "."),
            next_command=f"./sparkrail check {job.name}",
        )
    return paths[0], Path(text)


def _check_file(text: str, path: Path) -> None:
    if path.is_dir():
        raise CallError(f"--input {text}: {path} is a folder. Give its files, one --input each.")
    if not path.is_file():
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        near = nearest(path.name, (each.name for each in siblings if each.is_file()))
        raise CallError(f"--input {text}: there is no file {path}.{near}")
    if path.name.startswith(("_", ".")):
        raise CallError(
            f"--input {text}: Spark does not read files whose name begins with _ or a dot. "
            "Rename it."
        )


def _read_parameters(job: "Job", texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise CallError(
                f"--parameter {text}: write it as NAME=VALUE.",
                next_command=f"./sparkrail check {job.name}",
            )
        if name not in job.parameters:
            raise _unknown("parameter", name, job.parameters, job)
        _check_type(job, name, value)
        found[name] = value
    return found


def _unknown(kind: str, name: str, allowed: Iterable[str], job: "Job") -> CallError:
    where = f"in the job {job.name}"
    return unknown(kind, name, allowed, where=where, shown_by=f"check {job.name}")


def _check_type(job: "Job", name: str, value: str) -> None:
    kind = job.parameters[name].type
    try:
        _READERS[kind](value)
    except ValueError:
        raise CallError(
            f'--parameter {name}={value}: "{value}" is not of type {kind}. '
            f"Example: --parameter {name}={_EXAMPLES[kind]}",
            next_command=f"./sparkrail check {job.name}",
        ) from None


def _read_boolean(value: str) -> None:
    if value not in ("true", "false"):
        raise ValueError


_READERS: dict[str, Callable[[str], object]] = {
    "string": str,
    "int": int,
    "double": float,
    "boolean": _read_boolean,
    "date": datetime.date.fromisoformat,
}
_EXAMPLES = {
    "string": "text",
    "int": "3",
    "double": "0.5",
    "boolean": "true",
    "date": "2026-11-21",
}
