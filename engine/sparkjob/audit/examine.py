"""Audit what a run brings before readers see it: all figures in one query, then a few rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import List, Optional

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkjob.audit.figures import figures
from sparkjob.audit.findings import MOST_OF_NAME, Finding, Line, cut, listed, rows_said
from sparkjob.audit.kinds import breaks, shared
from sparkjob.audit.samples import Sample, first_rows
from sparkjob.audit.sql import ask, reason, secret_columns
from sparkjob.contracts import HIDDEN, Check, Contract
from sparkjob.errors import ContractBroken

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_YEARS = (datetime(1, 1, 1, tzinfo=timezone.utc), datetime(9999, 1, 1, tzinfo=timezone.utc))
_HOUR = timedelta(hours=1)
_REASON = 200


@dataclass(frozen=True)
class Staged:
    """What a run is about to publish.

    Args:
        rows: What it brings.
        table: The whole table as it would be. None: the output is no table.
        until: The end of the run's interval, or now for a job that has none; with a time zone.
    """

    rows: DataFrame
    table: Optional[DataFrame]
    until: datetime


@dataclass(frozen=True)
class Audit:
    """What an audit that did not fail says.

    Args:
        rows: How many rows the run brings.
        findings: The checks of action `warn` that they break.
    """

    rows: int
    findings: List[Finding]


def examine(staged: Staged, contract: Contract, output: str, *, where: str = "") -> Audit:
    """Compare what a run brings with its contract.

    Args:
        staged: What it brings.
        contract: What it should keep.
        output: What the code calls the output.
        where: Where a person can look at the rows if they break the contract. Empty: nowhere.

    Raises:
        ContractBroken: A required value is missing, rows share a key, a check of action `fail` is
            broken, or a check cannot be run. The message lists all of these.
    """
    found = _Examination(staged, contract, output)
    for check in _promises(contract):
        found.judge(check)
    if found.broken:
        told = [f"{output} breaks its contract {contract.name}:", listed(found.broken)]
        told += ["Nothing was published.", *([where] if where else [])]
        raise ContractBroken("\n".join(told))
    return Audit(found.rows, found.suspicious)


def _promises(contract: Contract) -> List[Check]:
    """All that rows should keep: what the contract says of columns and key, then its checks."""
    required = [
        Check(f"{column.name} is required", column=column.name, not_null=True)
        for column in contract.columns
        if column.required
    ]
    key = [Check(f"unique key {', '.join(contract.key)}", unique=contract.key)]
    return [*required, *(key if contract.key else []), *contract.checks]


def _moment(micros: int) -> datetime:
    """A moment of Spark, which knows more years than Python does."""
    first, last = ((each - _EPOCH) // timedelta(microseconds=1) for each in _YEARS)
    return _EPOCH + timedelta(microseconds=min(max(micros, first), last))


class _Examination:
    """What is found of an output, check by check.

    Args:
        staged: What a run brings.
        contract: Of the output.
        output: What the code calls it.
    """

    def __init__(self, staged: Staged, contract: Contract, output: str) -> None:
        self.suspicious: List[Finding] = []
        self.broken: List[Line] = []
        self._staged = staged
        self._contract = contract
        self._output = output
        self.rows, self._figures = figures(staged.rows, contract, _promises(contract))

    def judge(self, check: Check) -> None:
        """Note whether a check is broken."""
        if check.sql is not None:
            self._judge_query(check, check.sql)
        elif check.rows is not None:
            low, high = check.rows
            if (low is not None and self.rows < low) or (high is not None and self.rows > high):
                self._note(check, self.rows, found=f"the run brings {rows_said(self.rows)}")
        elif check.fresh_hours is not None:
            self._judge_age(check, timedelta(hours=check.fresh_hours))
        else:
            count = self._figures[check] or 0
            if self._is_broken(check, count):
                self._note(check, count, self._sample(check))

    def _judge_age(self, check: Check, most: timedelta) -> None:
        newest, until = self._figures[check], self._staged.until
        if newest is None:
            found = "no rows" if not self.rows else f"no row has a value of {check.column}"
            return self._note(check, self.rows, found=found)
        moment = _moment(newest)
        if until - moment <= most:
            return None
        age = f"the newest is {moment.isoformat()}, {(until - moment) / _HOUR:,.1f} h before "
        hidden = self._is_hidden(str(check.column))
        found = f"the newest is {HIDDEN}" if hidden else f"{age}{until.isoformat()}"
        return self._note(check, self.rows, found=found)

    def _judge_query(self, check: Check, sql: str) -> None:
        rows, table, sensitive = self._staged.rows, self._staged.table, self._contract.sensitive
        try:
            answer = ask(sql, rows, table)
            count = answer.count()
            if not self._is_broken(check, count):
                return
            known = [rows] if table is None else [rows, table]
            hidden = secret_columns(answer, known, sensitive)
            sample = first_rows(answer, answer.columns, hidden)
        except Exception as error:  # its type depends on the version of Spark
            why = reason(error, values=not sensitive)
            if why is None:
                raise
            file = f"tables/{self._contract.name.replace('.', '/')}.toml"
            name = cut(" ".join(check.name.split()), MOST_OF_NAME)
            told = f"the check {name} in {file} cannot be run: {cut(why, _REASON)}"
            self.broken.append(Line(told, told))
        else:
            self._note(check, count, sample, found=f"its query finds {rows_said(count)}")

    def _is_broken(self, check: Check, count: int) -> bool:
        return count > 0 and (not self.rows or count / self.rows > check.share)

    def _sample(self, check: Check) -> Sample:
        key, rows = self._contract.key, self._staged.rows
        if check.unique:
            names = list(dict.fromkeys([*check.unique, *key]))
            others = names[len(check.unique) :]
            firsts = [F.min(F.struct(*key)).alias("first")] if others else []
            found = shared(check, self._contract, rows, *firsts)
            places = [f"u{at}" for at in range(len(check.unique))]
            found = found.select(*places, *(f"first.{name}" for name in others))
        else:
            names = list(dict.fromkeys([*key, str(check.column)]))
            found = rows.where(breaks(check, rows)).select(*names)
        hidden = {at for at, name in enumerate(names) if self._is_hidden(name)}
        return first_rows(found, names, hidden)

    def _is_hidden(self, column: str) -> bool:
        return column.partition(".")[0] in self._contract.sensitive

    def _note(self, check: Check, count: int, sample: Sample = (), found: str = "") -> None:
        finding = Finding(self._output, check.name, count, self.rows, sample, found)
        if check.action == "fail":
            self.broken.append(Line(str(finding), finding.brief()))
        else:
            self.suspicious.append(finding)
