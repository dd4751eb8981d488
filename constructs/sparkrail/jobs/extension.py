"""A job's own additions to its stack: `extend(job)` in `extend.py` of its folder."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from sparkmodel import Job, ManifestError, Problem
from sparkrail.jobs.spark_job import SparkJob

EXTENSION = "extend.py"


def extend(pipeline: SparkJob) -> None:
    """Call `extend(job)` of a job's folder, if there is one.

    Args:
        pipeline: The job; what `extend.py` makes belongs to it and goes away with its folder.

    Raises:
        ManifestError: There is an `extend.py` without such a function.
    """
    job = pipeline.job
    if not job.has_extend:
        return
    file = job.folder / EXTENSION
    spec = importlib.util.spec_from_file_location(f"{job.name}.extend", file)
    assert spec is not None, "a .py file always has a loader"
    assert spec.loader is not None, "a .py file always has a loader"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = getattr(module, "extend", None)
    if not callable(function):
        raise _no_function(job, file)
    function(pipeline)


def _no_function(job: Job, file: Path) -> ManifestError:
    text = "has no function extend. Write: def extend(job: SparkJob) -> None, or delete the file."
    return ManifestError([Problem(file=f"spark_jobs/{job.name}/{file.name}", text=text)])
