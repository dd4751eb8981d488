"""Step Functions executions: a row each, and a row for each event of their histories.

An execution lives in a thread and cannot go on in another process. One that was running when the
server ended is ABORTED with the error Laptop.Restarted; AWS would have gone on.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from sparklaptop.state.rows import Rows
from sparklaptop.untyped import MotoObject

ERROR = "Laptop.Restarted"
CAUSE = "the laptop cloud was stopped while this execution ran"
_KIND, _EVENTS = "execution", "execution event"
# As long as Step Functions keeps them (developer guide, quotas).
_KEPT_DAYS = 90
_ATTRIBUTES = (
    "name",
    "sm_type",
    "role_arn",
    "exec_arn",
    "account_id",
    "region_name",
    "start_date",
    "stop_date",
    "exec_status",
    "output",
    "error",
    "cause",
    "execution_input",
    "trace_header",
)


class Executions:
    """Keeps the executions of one account.

    Args:
        rows: Where to.
        account: Whose.
    """

    def __init__(self, rows: Rows, account: str) -> None:
        self._rows = rows
        self._account = account
        self._stopping: dict[str, tuple[str | None, str | None]] = {}

    def apply(self) -> None:
        """Write rows whenever an execution or its history changes, from now on."""
        self._note_starts()
        self._note_stops()
        self._note_ends()
        self._note_events()

    def _save(self, execution: MotoObject) -> None:
        # Read and written in one: a slower thread must not write what it read before.
        with self._rows.lock:
            kept = {name: getattr(execution, name) for name in _ATTRIBUTES}
            kept["machine"] = execution.state_machine.arn
            kept["stopping"] = self._stopping.get(execution.exec_arn)
            self._rows.put(_KIND, execution.exec_arn, kept)

    def _note_starts(self) -> None:
        before = Execution.start

        def start(execution: MotoObject) -> None:
            if not execution.exec_worker:
                execution.exec_status = ExecutionStatus.RUNNING
                self._save(execution)
            before(execution)

        Execution.start = start

    def _note_stops(self) -> None:
        before = Execution.stop

        def stop(
            execution: MotoObject, stop_date: datetime, error: str | None, cause: str | None
        ) -> None:
            self._stopping[execution.exec_arn] = (error, cause)
            if execution.exec_status == ExecutionStatus.RUNNING:
                self._save(execution)
            before(execution, stop_date, error, cause)

        Execution.stop = stop

    def _note_ends(self) -> None:
        before = BaseExecutionWorkerCommunication._reflect_execution_status

        def reflect(communication: MotoObject) -> None:
            before(communication)
            execution = communication.execution
            self._save(execution)
            self._stopping.pop(execution.exec_arn, None)
            # What it ran on takes hundreds of kilobytes; its history is in rows.
            execution.exec_worker = _over(_History(self._rows, execution.exec_arn))

        BaseExecutionWorkerCommunication._reflect_execution_status = reflect

    def _note_events(self) -> None:
        environment = ExecutionWorker._get_evaluation_environment
        publish = EventManager._publish_history_event

        def environment_with_name(worker: MotoObject) -> MotoObject:
            made = environment(worker)
            made.event_manager.execution = worker._evaluation_details.execution_details.arn
            return made

        def publish_and_keep(manager: MotoObject, *args: MotoObject, **more: MotoObject) -> None:
            publish(manager, *args, **more)
            if execution := getattr(manager, "execution", None):
                event = manager._history_event_list[-1]
                self._rows.put(_EVENTS, _event_key(execution, event["id"]), event)

        ExecutionWorker._get_evaluation_environment = environment_with_name
        EventManager._publish_history_event = publish_and_keep

    def restore(self) -> list[MotoObject]:
        """Put the executions back under their machines, which are there already.

        Returns:
            Those that were cut off, ABORTED now: their status events are still to be emitted.
        """
        cut_off = []
        found = sorted(self._rows.all(_KIND), key=lambda row: row[1]["start_date"])
        oldest = datetime.now(UTC) - timedelta(days=_KEPT_DAYS)
        for arn, kept in found:
            machine = self._machine(kept)
            ended = kept["exec_status"] != ExecutionStatus.RUNNING
            if machine is None or (ended and kept["stop_date"] < oldest):
                self._forget(arn)
                continue
            execution = self._made(kept, machine)
            machine.executions.append(execution)
            if not ended:
                self._abort(execution, kept["stopping"])
                cut_off.append(execution)
        return cut_off

    def _machine(self, kept: dict[str, Any]) -> MotoObject:
        backend = stepfunctions_parser_backends[self._account][kept["region_name"]]
        for machine in backend.state_machines:
            if machine.arn == kept["machine"] or kept["machine"].startswith(f"{machine.arn}:"):
                return machine
        return None

    def _forget(self, arn: str) -> None:
        with self._rows.together():
            self._rows.drop(_KIND, arn)
            self._rows.drop_under(_EVENTS, f"{arn}|")

    def _made(self, kept: dict[str, Any], machine: MotoObject) -> MotoObject:
        execution = Execution(
            name=kept["name"],
            sm_type=kept["sm_type"],
            role_arn=kept["role_arn"],
            exec_arn=kept["exec_arn"],
            account_id=kept["account_id"],
            region_name=kept["region_name"],
            state_machine=machine,
            start_date=kept["start_date"],
            cloud_watch_logging_session=None,
            activity_store={},
            input_data=kept["execution_input"],
            trace_header=kept["trace_header"],
        )
        for name in ("stop_date", "exec_status", "output", "error", "cause"):
            setattr(execution, name, kept[name])
        execution.exec_worker = _over(_History(self._rows, kept["exec_arn"]))
        return execution

    def _abort(self, execution: MotoObject, stopping: tuple[str | None, str | None] | None) -> None:
        execution.exec_status = ExecutionStatus.ABORTED
        execution.stop_date = datetime.now(UTC)
        # Whoever had asked for the stop has the last word on why.
        execution.error, execution.cause = stopping or (ERROR, CAUSE)
        said = {"error": execution.error, "cause": execution.cause}
        events = self._rows.under(_EVENTS, f"{execution.exec_arn}|")
        last = events[-1][1]["id"] if events else 0
        moment = execution.stop_date.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = {
            "id": last + 1,
            "previousEventId": last,
            "type": "ExecutionAborted",
            "timestamp": moment,
            "executionAbortedEventDetails": {key: text for key, text in said.items() if text},
        }
        with self._rows.together():
            self._rows.put(_EVENTS, _event_key(execution.exec_arn, last + 1), event)
            self._save(execution)


class _History:
    """The history of an execution that has ended; read when somebody asks."""

    def __init__(self, rows: Rows, arn: str) -> None:
        self._rows = rows
        self._arn = arn

    def get_event_history(self) -> list[MotoObject]:
        return [event for _, event in self._rows.under(_EVENTS, f"{self._arn}|")]


def _over(history: _History) -> MotoObject:
    """What moto asks of the thread of an execution that has ended."""
    nothing: Callable[..., None] = lambda **_: None  # noqa: E731
    environment = types.SimpleNamespace(
        event_manager=history,
        callback_pool_manager=types.SimpleNamespace(
            notify=lambda **_: False, heartbeat=lambda **_: False
        ),
        map_run_record_pool_manager=types.SimpleNamespace(get=lambda *_: None, get_all=list),
        is_running=lambda: False,
    )
    return types.SimpleNamespace(stop=nothing, env=environment)


def _event_key(arn: str, number: int) -> str:
    return f"{arn}|{number:06d}"
