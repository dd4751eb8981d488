"""How a person names a state of a table: a snapshot, a tag, or a run."""

from dataclasses import dataclass

from sparkcli.errors import CallError
from sparkcli.tables.written import Written

_MOST_PARTS = 3


@dataclass(frozen=True)
class RunName:
    """`JOB/KEY`, or `JOB/KEY/GENERATION`.

    Args:
        job: The job.
        key: The run key.
        generation: None: the newest.
    """

    job: str
    key: str
    generation: int | None = None

    @classmethod
    def parse(cls, option: str, text: str) -> "RunName":
        """Read what was given to an option.

        >>> RunName.parse("--branch", "sales/20261121T063000Z/2")
        RunName(job='sales', key='20261121T063000Z', generation=2)

        Raises:
            CallError: It is not the name of a run.
        """
        parts = text.split("/")
        good = len(parts) in (2, _MOST_PARTS) and all(parts)
        if not good or (len(parts) == _MOST_PARTS and not parts[2].isdigit()):
            raise CallError(
                f'{option} "{text}" is not a run. Write JOB/KEY, or JOB/KEY/GENERATION: '
                f"{option} sales/20261121T063000Z",
                next_command="./sparkrail runs",
            )
        generation = int(parts[2]) if len(parts) == _MOST_PARTS else None
        return cls(parts[0], parts[1], generation)

    def wrote(self, snapshot: Written) -> bool:
        """Whether this run wrote a snapshot; one that names no job may be of any."""
        run = snapshot.run
        if run is None or run.key != self.key or run.job not in ("", self.job):
            return False
        return self.generation in (None, run.generation)

    def __str__(self) -> str:
        tail = "" if self.generation is None else f"/{self.generation}"
        return f"{self.job}/{self.key}{tail}"
