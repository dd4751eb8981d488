"""The laptop cloud's server: `python -m sparklaptop.server --state DIR --port N ...`.

It listens on 127.0.0.1 alone and ends on SIGTERM, taking every run with it.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparklaptop import refusal
from sparklaptop.cloud_file import CloudFile
from sparklaptop.errors import LaptopError

if TYPE_CHECKING:
    from sparklaptop.cloudformation.store import StackStore
    from sparklaptop.emrserverless.api import Service
    from sparklaptop.emrserverless.settings import Settings
    from sparklaptop.faults.layer import Faults
    from sparklaptop.kafka.install import Streams
    from sparklaptop.schedules.install import Timekeeper

log = logging.getLogger(__name__)
HOST = "127.0.0.1"
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION = "30"
_END_SECONDS = 12.0
# Made before Python looks for cycles; with its default of 700 it looks many times per execution.
_OBJECTS = 50_000
StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Control:
    """WSGI: `/_sparkrail/*` is ours, everything else is the cloud's.

    Args:
        faults: The layer in front of the cloud.
        service: EMR Serverless.
        settings: Of this server.
        timekeeper: Fires and delivers.
        streams: The Kafka clusters.
    """

    def __init__(
        self,
        faults: Faults,
        service: Service,
        settings: Settings,
        timekeeper: Timekeeper,
        streams: Streams,
    ) -> None:
        self._cloud = faults
        self._service = service
        self._settings = settings
        self._streams = streams
        self._routes: dict[str, Callable[[dict[str, Any]], tuple[str, Any]]] = {
            "/_sparkrail/health": self._health,
            "/_sparkrail/plan": self._plan,
            "/_sparkrail/faults": faults.control,
            **timekeeper.routes(),
            **streams.routes(),
        }

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        route = self._routes.get(environ["PATH_INFO"])
        if route is None:
            answer: Iterable[bytes] = self._cloud(environ, start_response)
            return answer
        status, content = route(environ)
        body = json.dumps(content).encode()
        start_response(status, [("Content-Type", "application/json")])
        return [body]

    def _health(self, _environ: dict[str, Any]) -> tuple[str, Any]:
        return "200 OK", {
            "pid": os.getpid(),
            "state": str(self._settings.state),
            "account": self._settings.account,
            "region": self._settings.region,
            "rss_mib": _rss_mib(),
            "runs": self._service.busy(),
            "brokers": self._streams.running(),
        }

    def _plan(self, environ: dict[str, Any]) -> tuple[str, Any]:
        from moto.core.exceptions import JsonRESTError  # noqa: PLC0415

        from sparklaptop.emrserverless.runner import plan_for  # noqa: PLC0415

        try:
            asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            application = self._service.find(self._settings.region, asked["application_id"])
            folder = Path(asked["folder"])
            made = plan_for(self._settings, asked["request"], application.describe(), folder)
        except LaptopError as error:
            return "409 Conflict", {"error": error.message, "next": error.next_command}
        except (JsonRESTError, KeyError, ValueError) as error:
            return "400 Bad Request", {"error": str(error), "next": None}
        archives = [{"uri": one.uri, "name": one.name} for one in made.archives]
        return "200 OK", {
            "argv": made.argv,
            "environment": dict(made.environment),
            "archives": archives,
            "rewritten": dict(made.rewritten),
            "notes": made.notes,
        }


def _rss_mib() -> int:
    statm = Path("/proc/self/statm")
    if statm.exists():
        pages = int(statm.read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
    shown = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=False
    )
    return int(shown.stdout.strip() or 0) // 1024


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM. Exit code 3: the port is taken; 4: the state cannot be read."""
    asked = _parse(arguments)
    state = Path(asked.state).resolve()
    state.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # The interpreter of machines reports every `IsPresent` that is false as an error.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    # moto reads these when it is imported.
    os.environ["MOTO_PORT"] = str(asked.port)
    os.environ["MOTO_ACCOUNT_ID"] = asked.account
    os.environ.pop("AWS_CA_BUNDLE", None)
    os.environ.pop("AWS_PROFILE", None)
    return _serve(asked, state)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sparklaptop.server")
    parser.add_argument("--state", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--launcher", default="", help="started instead of spark-submit (tests)")
    parser.add_argument("--seconds-per-minute", type=float, default=60.0, help="(tests)")
    parser.add_argument("--grace-seconds", type=float, default=10.0)
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1, help="of a cluster")
    return parser.parse_args(arguments)


def _serve(asked: argparse.Namespace, state: Path) -> int:
    from werkzeug.serving import make_server  # noqa: PLC0415

    from sparklaptop.emrserverless import processes  # noqa: PLC0415
    from sparklaptop.emrserverless.settings import Settings  # noqa: PLC0415

    endpoint = f"http://{HOST}:{asked.port}"
    settings = Settings(
        state=state,
        endpoint=endpoint,
        account=asked.account,
        region=asked.region,
        launcher=tuple(shlex.split(asked.launcher)),
        seconds_per_minute=asked.seconds_per_minute,
        grace_seconds=asked.grace_seconds,
        brokers=asked.brokers,
    )
    settings.aws_config.write_text("")
    for run in processes.end_orphans(settings.runs):
        log.warning("run %s was left by a killed server; its processes were ended", run)
    try:
        application, service, stacks, timekeeper, streams = build(settings)
    except LaptopError as error:
        refusal.write(state, error)
        log.error("%s", error)
        return 4
    try:
        server = make_server(
            HOST, asked.port, application, threaded=True, request_handler=_quiet_handler()
        )
    except (OSError, SystemExit) as error:
        log.error("port %s: %s", asked.port, error)
        return 3
    thread = threading.Thread(target=server.serve_forever, name="server", daemon=True)
    thread.start()
    _prepare(settings)
    _collect_seldom()
    for name in stacks.finish():
        log.warning("stack %s was being deployed when the server was killed; that is ended", name)
    timekeeper.start()
    _wait_for_the_end(settings, service, asked, timekeeper)
    streams.close()
    return 0


def build(settings: Settings) -> tuple[Control, Service, StackStore, Timekeeper, Streams]:
    """Moto with everything of ours in it, as full as it was when the last server ended.

    Raises:
        LaptopError: The state of the folder cannot be read.
    """
    from moto.core.config import default_user_config  # noqa: PLC0415

    default_user_config["stepfunctions"]["execute_state_machine"] = True
    # Every module that patches look for must be there before they do.
    import moto.stepfunctions.parser.models  # noqa: F401, PLC0415
    from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

    from sparklaptop import patches  # noqa: PLC0415
    from sparklaptop.clients import Clients  # noqa: PLC0415
    from sparklaptop.cloudformation import backend  # noqa: PLC0415
    from sparklaptop.emrserverless import api  # noqa: PLC0415
    from sparklaptop.emrserverless.runner import Runner  # noqa: PLC0415
    from sparklaptop.faults.deeds import Deeds  # noqa: PLC0415
    from sparklaptop.faults.layer import Faults  # noqa: PLC0415
    from sparklaptop.kafka.install import Streams  # noqa: PLC0415
    from sparklaptop.metrics.watch import Watch  # noqa: PLC0415
    from sparklaptop.roles.guard import Guard  # noqa: PLC0415
    from sparklaptop.roles.judge import Judge  # noqa: PLC0415
    from sparklaptop.roles.memory import Memory  # noqa: PLC0415
    from sparklaptop.schedules.install import Timekeeper  # noqa: PLC0415
    from sparklaptop.state.durable import Durable  # noqa: PLC0415
    from sparklaptop.state.kept import Kept, open_rows  # noqa: PLC0415

    rows = open_rows(settings.state, account=settings.account, region=settings.region)
    kept = Kept(rows=rows, account=settings.account)
    clients = Clients(settings.endpoint, settings.region)
    judge = Judge(Memory())
    service = api.install(settings, Runner(settings, clients, judge), rows)
    stacks = backend.install(clients, rows, kept.backends)
    patches.apply(
        clients,
        region=settings.region,
        minute_seconds=settings.seconds_per_minute,
        runs=service,
    )
    timekeeper = Timekeeper(settings, clients, rows)
    streams = Streams(settings, judge)
    watch = Watch(settings, clients)
    # Everything is as it was before the first request is answered.
    kept.restore()
    service.restore()
    stacks.restore(settings.account)
    timekeeper.install(service)
    watch.install()
    timekeeper.tell_of_cut_off(service.cut_off, kept.cut_off)
    cloud = Durable(DomainDispatcherApplication(create_backend_app), kept)
    guard = Guard(cloud, number=settings.account, judge=judge, tags=service.tags)
    deeds = Deeds(streams.brokers, clients)
    faults = Faults(guard, settings, judge=judge, tags=service.tags, deeds=deeds)
    timekeeper.router.lost = faults.loses
    control = Control(faults, service, settings, timekeeper, streams)
    clients.answer_with(control)
    watch.start()
    return control, service, stacks, timekeeper, streams


def _collect_seldom() -> None:
    """Let Python look for cycles seldom, and never among moto's modules."""
    gc.freeze()
    gc.set_threshold(_OBJECTS)


def _prepare(settings: Settings) -> None:
    """What `cdk bootstrap` would have made in an account, as far as templates look at it."""
    from sparklaptop.clients import Clients  # noqa: PLC0415

    clients = Clients(settings.endpoint, settings.region)
    clients.get("ssm").put_parameter(
        Name=BOOTSTRAP_PARAMETER, Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True
    )


def _quiet_handler() -> type[Any]:
    from moto.server import MotoRequestHandler  # noqa: PLC0415

    class Handler(MotoRequestHandler):  # type: ignore[misc]
        """Writes only the server's own failures into the log."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say something when the server is at fault."""
            if str(code).startswith("5"):
                log.error("%s answered %s", self.requestline, code)

    return Handler


def _wait_for_the_end(
    settings: Settings, service: Service, asked: argparse.Namespace, timekeeper: Timekeeper
) -> None:
    from sparklaptop.emrserverless import processes  # noqa: PLC0415

    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    cloud = CloudFile(settings.state)
    cloud.write(
        pid=os.getpid(),
        port=asked.port,
        endpoint=settings.endpoint,
        account=settings.account,
        region=settings.region,
        started_at=datetime.now(UTC),
    )
    over.wait()
    timekeeper.close()
    service.close()
    deadline = time.monotonic() + settings.grace_seconds + _END_SECONDS
    while service.busy() and time.monotonic() < deadline:
        time.sleep(0.05)
    # What could not be ended kindly must not outlive the cloud that it works for.
    processes.end_orphans(settings.runs)
    cloud.remove()


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    # What was answered is on disk; to free moto's memory piece by piece would take a second.
    os._exit(code)
