"""The processes of `dev`."""

from sparkcli.local_run import LocalRun
from sparkcli.processes import run_in_foreground
from sparkcli.screen import Screen
from sparkcli.standby import Standby


class Starter:
    """Starts the processes of `dev`: with --watch, the next one before it is asked for.

    Args:
        screen: Where the address of the Spark UI is told.
        before: Words between Python and main.py, which start a debugger.
        again: Whether there will be another run.
    """

    def __init__(self, screen: Screen, *, before: list[str], again: bool) -> None:
        self._screen = screen
        self._before = before
        self._stands_by = again and not before
        self._last: LocalRun | None = None
        self._standby: Standby | None = None

    def run(self, local: LocalRun) -> int:
        """Run main.py; its exit code."""
        self._last, standby, self._standby = local, self._standby, None
        if standby is not None and standby.fits(local):
            self._tell_ui(standby.ui_port)
            return standby.go(local)
        if standby is not None:
            standby.end()
        self._tell_ui(local.ui_port)
        return run_in_foreground(
            local.argv(*self._before),
            cwd=local.folder,
            environment=local.variables,
            to_stderr=self._screen.as_json,
        )

    def get_ready(self) -> None:
        """Start the process of the next run, if there will be one."""
        if self._stands_by and self._last is not None:
            self._standby = Standby(self._last)

    def close(self) -> None:
        """End a process that waits for a run that will not come."""
        if self._standby is not None:
            self._standby.end()

    def _tell_ui(self, port: int) -> None:
        self._screen.say(f"Spark UI while it runs: http://127.0.0.1:{port}")
