"""The maintenance job of a team: every table that it keeps, one after the other."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Dict, Iterator, List, Mapping, Tuple

from sparkjob.contracts import LATE_SUFFIX, QUARANTINE_SUFFIX, Contract
from sparkjob.errors import InputRefused, JobError, computer_fault, is_retryable, unknown
from sparkjob.job_run import Run
from sparkjob.maintenance.erase import erase
from sparkjob.maintenance.table import KeptTable
from sparkjob.maintenance.upkeep import Upkeep

MAINTAIN, ERASE = "maintain", "erase"
MOST_TOLD = 20
"""Tables in a report, which the state machine reads up to 24,000 bytes; all are in the log."""


class MaintenanceFailed(JobError):  # noqa: N818  the name says what happened
    """Some tables could not be kept; the others were.

    Args:
        text: Which, and why.
        retryable: Whether another attempt may get further.
    """

    def __init__(self, text: str, *, retryable: bool) -> None:
        super().__init__(text)
        self.retryable = retryable


def maintain(run: Run) -> None:
    """Do what the parameter `task` says; nothing is staged, each step commits for itself.

    Args:
        run: Its outputs are the tables that the job keeps, by the names of their contracts. Its
            parameters: `task` (maintain or erase), `table` (of those; empty: all) and `where`
            (of erase: the rows, such as `customer_id=4711`).

    Raises:
        InputRefused: The parameters do not fit together, or name what the job does not keep.
        MaintenanceFailed: Some tables could not be kept; it names them all.
    """
    task, table, where = (run.args[name].strip() for name in ("task", "table", "where"))
    tables = run.report.arguments.outputs
    if table and table not in tables:
        raise InputRefused(f"{unknown('table', table, tables)}\nNothing was changed.")
    if task == ERASE and table and where:
        run.report.maintenance = erase(_open(run, tables[table]), run.contract(table), where)
        return
    if task != MAINTAIN or where:
        raise InputRefused(
            f'task "{task}", table "{table}" and where do not fit together. Either task = '
            f'"{MAINTAIN}" without where, or task = "{ERASE}" with table and where = '
            '"column = value".\nNothing was changed.'
        )
    _keep(run, [table] if table else sorted(tables))


def _keep(run: Run, names: List[str]) -> None:
    started, done = time.monotonic(), []
    for name in names:
        for found, target, contract in _tables_of(run, name):
            upkeep = Upkeep(found)
            done.append(upkeep)
            _keep_one(run, upkeep, target, contract)
            print("\n".join(upkeep.lines()), flush=True)
    hours = (time.monotonic() - started) / 3600 * _vcpu(run)
    print(f"{len(done)} tables, at most {hours:.3f} vCPU-hours", flush=True)
    run.report.maintenance = {
        "task": MAINTAIN,
        "tables": [upkeep.document() for upkeep in _most_telling(done)],
        "more_tables": max(0, len(done) - MOST_TOLD),
        "vcpu_hours_at_most": round(hours, 4),
    }
    _fail_if([upkeep for upkeep in done if upkeep.error])


def _most_telling(done: List[Upkeep]) -> List[Upkeep]:
    """Those that failed first, then those in which most changed."""
    return sorted(done, key=lambda each: (each.error is None, -each.gain))[:MOST_TOLD]


def _tables_of(run: Run, name: str) -> Iterator[Tuple[str, str, Contract]]:
    """A table and, if it has one, the table of its refused rows."""
    contract, target = run.contract(name), run.target(name)
    yield name, target, contract
    if name.endswith(LATE_SUFFIX):  # it is one that stands beside another itself
        return
    if run.spark.catalog.tableExists(f"{target}{QUARANTINE_SUFFIX}"):
        plain = replace(contract, sort=(), retention=None)
        yield f"{name}{QUARANTINE_SUFFIX}", f"{target}{QUARANTINE_SUFFIX}", plain


def _keep_one(run: Run, upkeep: Upkeep, target: str, contract: Contract) -> None:
    try:
        if run.spark.catalog.tableExists(target):
            upkeep.keep(_open(run, target), contract)
        else:
            upkeep.steps["table"] = "not there yet: no run has written it"
    except Exception as error:
        if computer_fault(error):  # the next table would meet the same
            raise
        upkeep.error = error


def _open(run: Run, target: str) -> KeptTable:
    return KeptTable.open(run.spark, target, _marks(run))


def _marks(run: Run) -> Mapping[str, str]:
    told = run.report.arguments
    return {"sparkrail.job": told.job, "sparkrail.run-key": told.run_key}


def _vcpu(run: Run) -> int:
    """The most vCPU that the run may hold at a time; it is billed for what it really holds."""
    conf = run.spark.sparkContext.getConf()
    found: Dict[str, int] = {
        name: int(conf.get(f"spark.{name}", "0"))
        for name in ("driver.cores", "executor.cores", "dynamicAllocation.maxExecutors")
    }
    workers = found["executor.cores"] * found["dynamicAllocation.maxExecutors"]
    return found["driver.cores"] + workers or run.spark.sparkContext.defaultParallelism


def _fail_if(failed: List[Upkeep]) -> None:
    if not failed:
        return
    errors: List[Any] = [upkeep.error for upkeep in failed]
    told = "\n".join(f"  {upkeep.name}: {upkeep.why}" for upkeep in failed[:MOST_TOLD])
    more = ", ".join(upkeep.name for upkeep in failed[MOST_TOLD:])
    raise MaintenanceFailed(
        f"{len(failed)} tables could not be kept, the others were:\n{told}"
        + (f"\n  and {more}" if more else ""),
        retryable=any(is_retryable(error) for error in errors),
    )
