"""Minutes of state machines last as long as the laptop cloud's minutes do; waits can be stopped.

Scaled are Wait states of so many seconds, the delays of Retry, TimeoutSeconds and
HeartbeatSeconds. A Wait until a moment is not. In moto the delay of a Retry goes on when the
execution was stopped.
"""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.retry.max_attempts_decl import (
    MaxAttemptsOutcome,
)
from moto.stepfunctions.parser.asl.component.common.retry.retrier_outcome import RetrierOutcome
from moto.stepfunctions.parser.asl.component.program import program
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import (
    timestamp,
    wait_function,
)
from moto.stepfunctions.parser.asl.eval.callback import callback

from sparklaptop.untyped import MotoObject

_LOOK_SECONDS = 0.5


def apply(scale: float) -> None:
    """Scale all that lasts.

    Args:
        scale: Length of a second of machines, in seconds.
    """
    _waits(scale)
    _retries(scale)
    _timeouts(scale)
    _heartbeats(scale)


def _pause(env: MotoObject, duration: float) -> None:
    """Wait, unless the execution ends meanwhile."""
    deadline = time.monotonic() + duration
    while env.is_running() and (left := deadline - time.monotonic()) > 0:
        # The event is set for a moment only, and a stop may come before the wait for it.
        env.program_state_event.wait(min(left, _LOOK_SECONDS))


def _waits(scale: float) -> None:
    def wait(self: MotoObject, env: MotoObject, wait_seconds: float) -> None:
        until = isinstance(self, timestamp.Timestamp)
        _pause(env, wait_seconds if until else wait_seconds * scale)

    wait_function.WaitFunction._wait_interval = wait


def _retries(scale: float) -> None:
    def evaluate(self: MotoObject, env: MotoObject) -> None:
        self.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(RetrierOutcome.Skipped)
            return
        self.max_attempts.eval(env=env)
        if env.stack.pop() == MaxAttemptsOutcome.EXHAUSTED:
            env.stack.append(RetrierOutcome.Failed)
            return
        for part in (
            self.interval_seconds,
            self.backoff_rate,
            self.max_delay_seconds,
            self.jitter_strategy,
        ):
            part.eval(env=env)
        _pause(env, env.stack.pop() * scale)
        env.stack.append(RetrierOutcome.Executed)

    retrier_decl.RetrierDecl._eval_body = evaluate


def _timeouts(scale: float) -> None:
    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            return super().wait(None if timeout is None else timeout * scale)

    class Thread(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            super().join(None if timeout is None else timeout * scale)

    vars(execute_state)["threading"] = SimpleNamespace(Event=Event)
    vars(program)["threading"] = SimpleNamespace(Thread=Thread)


def _heartbeats(scale: float) -> None:
    make = callback.HeartbeatEndpoint.__init__
    wait = callback.CallbackEndpoint.wait

    def scaled(self: MotoObject, heartbeat_seconds: float) -> None:
        make(self, heartbeat_seconds=heartbeat_seconds * scale)

    def scaled_wait(self: MotoObject, timeout: float | None = None) -> MotoObject:
        return wait(self, timeout=None if timeout is None else timeout * scale)

    callback.HeartbeatEndpoint.__init__ = scaled
    callback.CallbackEndpoint.wait = scaled_wait
