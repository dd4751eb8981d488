"""The arguments of a local run: those of the deployed job, with local files in place of inputs."""

from collections.abc import Mapping
from pathlib import Path

from sparkcli.arguments import Overrides
from sparkcli.deployed import DeployedJob


def local_arguments(
    deployed: DeployedJob, overrides: Overrides, *, folder: Path, run_key: str
) -> tuple[str, ...]:
    """What main.py receives.

    Args:
        deployed: The job as it was deployed last.
        overrides: What the person gave.
        folder: Where reports go, and several files of one input come together.
        run_key: Names the run.
    """
    arguments = list(deployed.arguments)
    locations = {
        name: _location(folder / "inputs" / name, files) for name, files in overrides.inputs.items()
    }
    _replace_pairs(arguments, "--input", locations)
    _replace_pairs(arguments, "--parameter", overrides.parameters)
    if "--reports" in arguments:
        arguments[arguments.index("--reports") + 1] = str(folder / "reports")
    return (*arguments, "--run-key", run_key, "--generation", "1", "--attempt", "1")


def _replace_pairs(arguments: list[str], option: str, values: Mapping[str, str]) -> None:
    """Give `option NAME=...` the values of `values`, by name."""
    for index, word in enumerate(arguments[:-1]):
        name = arguments[index + 1].partition("=")[0]
        if word == option and name in values:
            arguments[index + 1] = f"{name}={values[name]}"


def _location(together: Path, files: tuple[Path, ...]) -> str:
    """One file as it is; several as a folder of links to them."""
    if len(files) == 1:
        return str(files[0].resolve())
    together.mkdir(parents=True)
    for file in files:
        (together / file.name).symlink_to(file.resolve())
    return str(together)
