"""The second, tiny asset of a job: its code, the packages that jobs share, sparkjob, contracts.

It is apart from the archive, so that a change of code never ships a hundred MiB anew.
"""

import io
import os
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from sparkmodel.packaging.errors import refusal
from sparkmodel.packaging.tree import all_folders

MANIFEST = "job.toml"
# Made for the deploy, not for the run: a change of these must not change the code's hash.
_NOT_CODE = frozenset({"extend.py", "jars.lock.json", "requirements.in", "requirements.txt"})
_NOT_CODE_FOLDERS = frozenset({"__pycache__", "tests"})
_BYTECODE = (".pyc", ".pyo")
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def code_zip(*, job: Path, sparkjob: Path, contracts: str) -> bytes:
    """A zip for `--py-files`.

    It holds the job's folder and every package that jobs share (a folder beside it without
    `job.toml` that has an `__init__.py`), each without tests, and sparkjob with the contracts.
    Files are stored as they are, sorted, with a fixed time: the same code gives the same bytes.

    Args:
        job: The job's folder.
        sparkjob: The package sparkjob.
        contracts: The document for `sparkjob/contracts.json`.

    Raises:
        PackagingError: A job or shared package is called sparkjob.
    """
    files: dict[str, bytes] = {}
    for folder in (job, *shared_packages(job.parent)):
        if folder.name == sparkjob.name:
            name = f"{folder.parent.name}/{folder.name}"
            raise refusal(name, "cannot have this name: jobs import the engine by it.")
        files |= {f"{folder.name}/{path}": file.read_bytes() for path, file in _code(folder)}
    files |= _engine(sparkjob)
    files[f"{sparkjob.name}/contracts.json"] = contracts.encode()
    return _zipped(files)


@lru_cache(maxsize=1)
def _engine(sparkjob: Path) -> dict[str, bytes]:
    """Sparkjob's files; they do not change while this program runs."""
    return {f"{sparkjob.name}/{path}": file.read_bytes() for path, file in _code(sparkjob)}


def shared_packages(spark_jobs: Path) -> tuple[Path, ...]:
    """The packages that all jobs can import, sorted by name."""
    return _shared_packages(spark_jobs, spark_jobs.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _shared_packages(spark_jobs: Path, _changed_ns: int) -> tuple[Path, ...]:
    # Each of hundreds of jobs asks for them, and they change with the folder's own time.
    with os.scandir(spark_jobs) as entries:
        folders = [each.path for each in entries if each.is_dir() and not _hidden(each.name)]
    return tuple(
        Path(folder)
        for folder in sorted(folders)
        if Path(folder, "__init__.py").exists() and not Path(folder, MANIFEST).exists()
    )


def sparkjob_folder() -> Path:
    """Where the package sparkjob is, without loading what of it needs pyspark.

    Raises:
        PackagingError: It is not installed.
    """
    spec = find_spec("sparkjob")
    if spec is None or not spec.origin:
        raise refusal("sparkjob", "is not installed: uv pip install sparkrail")
    return Path(spec.origin).parent


def _code(folder: Path) -> Iterator[tuple[str, Path]]:
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in _NOT_CODE_FOLDERS and not _hidden(name)
        )
        here = Path(top)
        for name in sorted(names):
            for_the_deploy = here == folder and name in _NOT_CODE
            if not for_the_deploy and not name.endswith(_BYTECODE) and not _hidden(name):
                yield (here / name).relative_to(folder).as_posix(), here / name


def _hidden(name: str) -> bool:
    return name.startswith(".")


def _zipped(files: dict[str, bytes]) -> bytes:
    # zipimport finds a package without __init__.py only if its folder has an entry of its own.
    entries = files | {f"{folder}/": b"" for folder in all_folders(files)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(entries.items()):
            info = zipfile.ZipInfo(name, _FIRST_TIME)
            info.create_system = _UNIX
            info.external_attr = (0o40755 if name.endswith("/") else 0o100644) << 16
            archive.writestr(info, content)
    return out.getvalue()
