"""Which cloud a command talks to: `--env laptop`, `laptop:prod`, `dev`, `prod`."""

from dataclasses import dataclass
from typing import Annotated

import typer

LAPTOP = "laptop"
LAPTOP_DEFAULT_ENVIRONMENT = "dev"

EnvOption = Annotated[
    str,
    typer.Option(
        "--env",
        metavar="ENV",
        help="laptop (dev's templates in the laptop cloud), laptop:ENV, or an environment on AWS.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout; the rest goes to stderr.")
]


@dataclass(frozen=True)
class Target:
    """A cloud and the environment whose templates it holds."""

    environment: str
    on_laptop: bool

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read what was given to `--env`.

        >>> Target.parse("laptop:prod")
        Target(environment='prod', on_laptop=True)
        """
        cloud, _, environment = text.partition(":")
        if cloud == LAPTOP:
            return cls(environment or LAPTOP_DEFAULT_ENVIRONMENT, on_laptop=True)
        return cls(text, on_laptop=False)

    @property
    def option(self) -> str:
        """What to append to a suggested command so that it means the same cloud."""
        if not self.on_laptop:
            return f" --env {self.environment}"
        if self.environment != LAPTOP_DEFAULT_ENVIRONMENT:
            return f" --env {LAPTOP}:{self.environment}"
        return ""
