"""Synthesize one environment, only when something that goes into it changed."""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sparkcli.broken_rules import broken_rules
from sparkcli.errors import OperationError
from sparkcli.processes import run_quietly, tools_first
from sparkcli.workspace import Workspace

# Everything that a template or an asset is made of.
INPUTS = (
    "app.py",
    "cdk.json",
    "requirements.txt",
    "config",
    "constructs",
    "engine/sparkjob",
    "engine/sparkmodel",
    "spark_jobs",
    "stacks",
    "tables",
    "topics",
)
# The part of them that arguments, settings and contracts of a run come from.
MANIFESTS = ("config/*.toml", "spark_jobs/*/job.toml", "tables/*/*.toml", "topics/*.toml")
SKIPPED_FOLDERS = {"__pycache__", "tests", ".pytest_cache", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Synthesized:
    """A cloud assembly, and whether this call made it."""

    assembly: Path
    changed: bool


def synthesize(workspace: Workspace) -> Synthesized:
    """The assembly of the workspace's environment, made anew if its inputs changed.

    The old assembly stays until the new one is complete.

    Raises:
        OperationError: `app.py` failed; the message is what it said.
    """
    target, mark = workspace.assembly, _mark_of(workspace.assembly)
    fingerprint = fingerprint_of(workspace.root)
    if _is_fresh(target, mark, fingerprint):
        return Synthesized(target, changed=False)
    fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    try:
        _run_app(workspace, fresh)
        mark.unlink(missing_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    manifests = _digest(workspace.root, _manifests(workspace.root))
    mark.write_text(json.dumps({"inputs": fingerprint, "manifests": manifests}))
    return Synthesized(target, changed=True)


def manifests_changed(workspace: Workspace) -> bool:
    """Whether a manifest, contract or environment differs from what was last synthesized."""
    now = _digest(workspace.root, _manifests(workspace.root))
    return _mark(_mark_of(workspace.assembly)).get("manifests") != now


def fingerprint_of(root: Path) -> str:
    """SHA-256 over the names and contents of every file that synth reads."""
    return _digest(root, _files(root))


def _digest(root: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _manifests(root: Path) -> list[Path]:
    return sorted(path for pattern in MANIFESTS for path in root.glob(pattern))


def _files(root: Path) -> Iterator[Path]:
    for name in INPUTS:
        path = root / name
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(_walk(path))


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
        yield from (Path(parent) / name for name in files if not name.endswith((".pyc", "~")))


def _mark_of(assembly: Path) -> Path:
    return assembly.with_name(f"{assembly.name}.inputs.json")


def _is_fresh(assembly: Path, mark: Path, fingerprint: str) -> bool:
    made_of = _mark(mark).get("inputs")
    return made_of == fingerprint and (assembly / "manifest.json").is_file()


def _mark(path: Path) -> dict[str, str]:
    try:
        mark: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return mark


def _run_app(workspace: Workspace, out: Path) -> None:
    environment = tools_first(os.environ) | {
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps({"environment": workspace.target.environment}),
    }
    done = run_quietly([sys.executable, "app.py"], cwd=workspace.root, environment=environment)
    if done.returncode != 0 or not (out / "manifest.json").is_file():
        found = broken_rules(out)
        told = f"Rules are broken:\n{found}" if found else _last_words(done.stderr or done.stdout)
        raise OperationError(
            f"Nothing was synthesized. {told}",
            next_command="./sparkrail check",
        )


def _last_words(printed: str) -> str:
    """What an app said last: the exception without its traceback, or the lines as they are."""
    lines = [line for line in printed.splitlines() if line.strip()]
    starts = [i for i, line in enumerate(lines) if line.startswith("Traceback ")]
    if not starts:
        return "\n".join(lines[-40:])
    after = [i for i in range(starts[-1] + 1, len(lines)) if not lines[i].startswith(" ")]
    return "\n".join(lines[after[0] :] if after else lines[-5:])
