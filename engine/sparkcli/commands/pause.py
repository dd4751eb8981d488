"""`sparkrail pause`: nothing but a person starts the job until `resume`."""

from sparkcli.cloud import connect
from sparkcli.commands.run import JobArgument
from sparkcli.pauses import read_pause, write_pause
from sparkcli.screen import Screen
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace


def pause(job: JobArgument, *, env: EnvOption = "laptop", as_json: JsonOption = False) -> None:
    """Let no schedule, table, file or event start JOB; what runs goes on, people still may."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    workspace.job(job)
    cloud = connect(workspace)
    known = read_pause(cloud, job)
    paused = known or write_pause(cloud, job)
    screen.document(
        {"job": job, "since": paused.since, "who": paused.who, "already_paused": bool(known)}
    )
    screen.result(f"{paused}{', already' if known else ''}. Starts by hand still run.")
    screen.next(f"resume {job}{workspace.target.option}", "shows what it missed")
