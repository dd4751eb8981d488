"""The command line of a job: the same whether EMR Serverless, the laptop or a person writes it."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, NoReturn, Optional, Sequence, Tuple

from sparkjob.errors import InputRefused, unknown
from sparkjob.intervals import EVERY, MOMENTS, RUN_KEYS, Periods
from sparkjob.streaming.settings import (
    NO_SECURITY,
    StreamSettings,
    add_stream_arguments,
    stream_settings,
)

QUARANTINE_PERCENT = 10.0
WRONG_CALL = 2
STARTERS = ("schedule", "tables", "files", "event", "hand", "queue", "backfill")
_OVERRIDABLE = ("inputs", "parameters", "batches")


@dataclass(frozen=True)
class Arguments:
    """What a run was told.

    Args:
        job: Name of the job.
        run_key: Names the run; the same key and generation is the same run, tried again.
        generation: Counts deliberate repetitions of a finished run key, from 1.
        attempt: Counts attempts at one generation, from 1.
        inputs: Locations or tables by the name that the code uses.
        outputs: Tables, or paths of Parquet folders, by the name that the code uses.
        parameters: Values, as text, by name.
        quarantine: Table or path of refused rows. None: beside the first output.
        quarantine_percent: Share of read rows, in percent, that may be refused.
        reports: Folder of the run's report. None: no report is written.
        by: What started the run: schedule, tables, files, event, hand, queue or backfill.
        periods: How the job divides time. None: it has no interval.
        batches: Folders of lists of files, by the input that reads these files and no others.
        stream: What a stream is told beside that. None: the job is none.
        brokers: HOST:PORT of Kafka's brokers, with commas between. None: the job needs none.
        security: How a client of theirs signs in: `none` or `iam`.
    """

    job: str
    run_key: str
    generation: int
    attempt: int
    inputs: Dict[str, str]
    outputs: Dict[str, str]
    parameters: Dict[str, str]
    quarantine: Optional[str]
    quarantine_percent: float
    reports: Optional[str]
    by: str = "hand"
    periods: Optional[Periods] = None
    batches: Dict[str, str] = field(default_factory=dict)
    stream: Optional[StreamSettings] = None
    brokers: Optional[str] = None
    security: str = NO_SECURITY


def parse_arguments(argv: Sequence[str], *, script: str) -> Arguments:
    """Read a job's command line.

    Args:
        argv: The arguments after the script.
        script: Path of main.py; without `--job` the job has the name of its folder.

    Raises:
        SystemExit: Something is unknown, missing or unreadable; code 2, and stderr says what.
    """
    parser = _parser(script)
    given = parser.parse_args(list(argv))
    pairs = {
        name: _mapping(parser, name, getattr(given, name))
        for name in ("input", "output", "parameter", "batch")
    }
    other = given.overrides
    try:
        inputs = _overridden("input", pairs["input"], other.get("inputs", {}))
        parameters = _overridden("parameter", pairs["parameter"], other.get("parameters", {}))
        batches = {
            **_known("--batch", "input", pairs["batch"], inputs),
            **_known("--overrides", "input", other.get("batches", {}), inputs),
        }
    except InputRefused as refused:
        parser.error(str(refused))
    return Arguments(
        job=given.job,
        run_key=given.run_key,
        generation=given.generation,
        attempt=given.attempt,
        inputs=inputs,
        outputs=pairs["output"],
        parameters=parameters,
        quarantine=given.quarantine,
        quarantine_percent=given.quarantine_percent,
        reports=given.reports,
        by=given.by,
        periods=_periods(given),
        batches=batches,
        stream=stream_settings(given),
        brokers=given.brokers,
        security=given.security,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_CALL, f"{self.prog}: {message}\nAll arguments: {self.prog} --help\n")


def _parser(script: str) -> argparse.ArgumentParser:
    path = Path(script)
    parser = _Parser(prog=path.name, allow_abbrev=False, description="Run this job once.")
    add = parser.add_argument
    add("--job", default=path.absolute().parent.name, help="name of the job")
    add("--input", action="append", type=_pair, default=[], metavar="NAME=LOCATION")
    add("--output", action="append", type=_pair, default=[], metavar="NAME=TABLE_OR_PATH")
    add("--parameter", action="append", type=_pair, default=[], metavar="NAME=VALUE")
    add("--batch", action="append", type=_pair, default=[], metavar="INPUT=FOLDER_OF_LISTS")
    add("--quarantine", metavar="TABLE_OR_PATH", help="where refused rows go")
    add("--quarantine-percent", type=_percent, default=QUARANTINE_PERCENT, metavar="PERCENT")
    add("--reports", metavar="FOLDER", help="where the run's report goes")
    add("--run-key", default=f"manual-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}")
    add("--generation", type=_count, default=1)
    add("--attempt", type=_count, default=1)
    add("--by", default="hand", choices=STARTERS, help="what started the run")
    add("--interval-every", choices=EVERY, help="the period that a run stands for")
    add("--interval-lookback", type=_count, default=1, metavar="PERIODS")
    add("--interval-timezone", default="UTC", metavar="ZONE")
    add("--interval-run-keys", choices=RUN_KEYS, default=MOMENTS, help="what a run key is")
    add("--overrides", type=_overrides, default={}, metavar="JSON")
    add_stream_arguments(parser, _count)
    return parser


def _pair(text: str) -> Tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f'"{text}" is not NAME=VALUE')
    return name, value


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number from 1')
    return int(text)


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f'"{text}" is not a number from 0 to 100')
    return percent


def _overrides(text: str) -> Dict[str, Dict[str, str]]:
    form = '{"inputs": {"NAME": "LOCATION"}, "parameters": {"NAME": "VALUE"}}'
    try:
        found = json.loads(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not JSON; write {form}") from None
    if not _is_overrides(found):
        raise argparse.ArgumentTypeError(f"{text!r} does not read like {form}")
    return {kind: {name: _text(value) for name, value in found[kind].items()} for kind in found}


def _is_overrides(found: Any) -> bool:  # noqa: ANN401
    return (
        isinstance(found, dict)
        and set(found) <= set(_OVERRIDABLE)
        and all(isinstance(names, dict) for names in found.values())
        and all(
            isinstance(value, (str, int, float, bool))
            for names in found.values()
            for value in names.values()
        )
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mapping(
    parser: argparse.ArgumentParser, kind: str, pairs: Sequence[Tuple[str, str]]
) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            parser.error(f'--{kind} "{name}" is given twice: {found[name]} and {value}')
        found[name] = value
    return found


def _overridden(kind: str, given: Dict[str, str], other: Dict[str, str]) -> Dict[str, str]:
    return {**given, **_known("--overrides", kind, other, given)}


def _known(where: str, kind: str, named: Dict[str, str], known: Dict[str, str]) -> Dict[str, str]:
    for name in named:
        if name not in known:
            raise InputRefused(f"{where}: {unknown(kind, name, known)}")
    return named


def _periods(given: argparse.Namespace) -> Optional[Periods]:
    if given.interval_every is None:
        return None
    return Periods(
        every=given.interval_every,
        lookback=given.interval_lookback,
        timezone=given.interval_timezone,
        run_keys=given.interval_run_keys,
    )
