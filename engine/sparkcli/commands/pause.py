"""`sparkrail pause`: nothing but a person starts the job until `resume`."""

from sparkcli.cloud import Cloud, connect
from sparkcli.commands.run import JobArgument
from sparkcli.pauses import read_pause, write_pause
from sparkcli.screen import Screen
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace


def pause(job: JobArgument, *, env: EnvOption = "laptop", as_json: JsonOption = False) -> None:
    """Let no schedule, table, file or event start JOB; what runs goes on, people still may.

    A stream finishes its micro-batch and stops.
    """
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    streams = workspace.job(job).kind == "streaming"
    cloud = connect(workspace)
    if streams:
        _pause_stream(screen, cloud, job, workspace.target.option)
        return
    known = read_pause(cloud, job)
    paused = known or write_pause(cloud, job)
    screen.document(
        {"job": job, "since": paused.since, "who": paused.who, "already_paused": bool(known)}
    )
    screen.result(f"{paused}{', already' if known else ''}. Starts by hand still run.")
    screen.next(f"resume {job}{workspace.target.option}", "shows what it missed")


def _pause_stream(screen: Screen, cloud: Cloud, job: str, option: str) -> None:
    from sparkcli.streaming.steering import pause_stream  # noqa: PLC0415

    paused, already = pause_stream(cloud, job)
    screen.document(
        {"job": job, "since": paused.since, "who": paused.who, "already_paused": already}
    )
    screen.result(
        f"{paused}{', already' if already else ''}. It finishes its micro-batch and stops; the "
        "topic keeps what comes meanwhile, for as long as its retention says."
    )
    screen.next(f"streams {job}{option}", "when it has stopped")
