"""`sparkrail doctor`: is everything here that the other commands need."""

from typing import TYPE_CHECKING

from sparkcli.cloud import laptop_of
from sparkcli.errors import CallError, OperationError
from sparkcli.screen import Screen, table
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.checkup import Finding
    from sparklaptop import Status

DEFAULT_LINE = "3.5"
MARKS = {"ok": "ok", "note": "note", "missing": "MISSING"}


def doctor(env: EnvOption = "laptop", as_json: JsonOption = False) -> None:
    """Look at this computer: Python, Java, Node, Spark, jars, disk, port; say what to mend."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    findings, status = examine(workspace)
    missing = [finding for finding in findings if finding.state == "missing"]
    document = {
        "ready": not missing,
        "findings": [vars(finding) for finding in findings],
        "laptop": _laptop_document(status),
    }
    show(screen, findings, status)
    if missing:
        raise OperationError(
            f"{len(missing)} of {len(findings)} things that sparkrail needs are missing.",
            next_command=missing[0].fix,
            document=document,
        )
    screen.document(document)
    screen.next("up" if status is None else "demo")


def examine(workspace: Workspace) -> "tuple[list[Finding], Status | None]":
    """Every finding, and the laptop cloud if it is up."""
    from sparkcli import checkup  # noqa: PLC0415

    try:
        lines = frozenset(_line(workspace, job) for job in workspace.jobs)
        status = laptop_of(workspace).status() if workspace.target.on_laptop else None
    except CallError as error:
        # Wrong manifests do not hide what is wrong with the computer.
        wrong = checkup.Finding("Manifests", "missing", str(error), "./sparkrail check")
        return [*checkup.examine(workspace.root, frozenset({DEFAULT_LINE})), wrong], None
    port = status.port if status else None
    return checkup.examine(workspace.root, lines or frozenset({DEFAULT_LINE}), port=port), status


def _line(workspace: Workspace, job: str) -> str:
    from sparkmodel import releases  # noqa: PLC0415

    return releases.release(workspace.jobs[job].spark.release).spark_line


def show(screen: Screen, findings: "list[Finding]", status: "Status | None") -> None:
    """Print the findings as a table, the fixes under it, and what the laptop cloud does."""
    cells = [[MARKS[f.state], f.what, f.found.splitlines()[0]] for f in findings]
    screen.result(table(["", "what", "found"], cells))
    for finding in findings:
        if finding.fix:
            screen.result(f"{finding.what}: {finding.fix}")
    if status is not None:
        screen.result(
            f"Laptop cloud: up at {status.endpoint}, process {status.pid}, {status.rss_mib} MiB, "
            f"since {status.started_at:%Y-%m-%d %H:%M:%S %Z}. It keeps its lake over `down`."
        )


def _laptop_document(status: "Status | None") -> dict[str, object] | None:
    if status is None:
        return None
    return {**vars(status), "started_at": status.started_at.isoformat()}
