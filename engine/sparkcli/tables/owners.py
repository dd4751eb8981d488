"""Who answers for a table."""

from typing import TYPE_CHECKING

from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkmodel import Job


UPKEEP = "maintenance_"
"""What the names of the teams' maintenance jobs begin with; no other job has such a name."""


def writers_of(workspace: Workspace, table: str) -> list["Job"]:
    """The jobs that have a table among their outputs, by name; not the one that maintains it."""
    jobs = (job for job in workspace.jobs.values() if not job.name.startswith(UPKEEP))
    return [job for job in jobs if any(out.table == table for out in job.outputs.values())]


def owner_of(workspace: Workspace, table: str) -> str:
    """The team that answers for a table: its contract's owner, else that of its only writers.

    Empty: it has no contract, or that names none and jobs of no team or of several write it.
    """
    from sparkmodel.owners import owner_of as owner_in  # noqa: PLC0415  reads pydantic's models

    contract = workspace.project.tables.get(table)
    return (owner_in(contract, workspace.jobs.values()) or "") if contract else ""


def readers_of(workspace: Workspace, table: str) -> list["Job"]:
    """The jobs that have a table among their inputs, by name."""
    jobs = workspace.jobs.values()
    return [job for job in jobs if any(given.table == table for given in job.inputs.values())]
