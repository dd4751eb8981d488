"""A stream's driver as a process: spark-submit with local jars and a catalog in a folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
JOB = "sales_stream"
CATALOG = "lake"
# Production's own settings of the state, so that what is killed is what runs there.
_OF_THE_FLEET = ("spark.dynamicAllocation.", "spark.executor.")


class Driver:
    """The process of a driver, and of all that it starts.

    Args:
        script: What spark-submit runs.
        arguments: For the script.
        folder: Of this process alone: its log, its scratch files.
        conf: Spark's settings.
        variables: More environment variables.
    """

    def __init__(
        self,
        script: Path,
        arguments: Sequence[str],
        *,
        folder: Path,
        conf: Mapping[str, str],
        variables: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "driver.log"
        self._scratch = folder / "tmp"
        self._scratch.mkdir(exist_ok=True)
        own = {**conf, "spark.local.dir": str(self._scratch)}
        told = [each for key, value in own.items() for each in ("--conf", f"{key}={value}")]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [_spark_submit(), "--master", "local[2]", *told, str(script), *arguments],
                env={**_environment(self._scratch), **(variables or {})},
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # it is killed with all that it started
            )

    def kill(self) -> None:
        """End it as a machine does whose power is cut; wait until nothing is left of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def last_words(self, lines: int = 25) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def quick_conf(folder: Path) -> dict[str, str]:
    """Spark as the tests start it: quickly; with production's settings of the state.

    Args:
        folder: Where the catalog is.
    """
    from sparkjob import testing  # noqa: PLC0415

    testing._find_java()
    return with_kafka({**testing._conf(folder), **state_conf()})


def plain_conf(folder: Path) -> dict[str, str]:
    """Spark as it is, with the catalog and the sizes of the laptop: to measure how fast it is.

    Args:
        folder: Where the catalog is.
    """
    slow = ("spark.sql.codegen.wholeStage", "spark.sql.codegen.factoryMode")
    conf = quick_conf(folder)
    conf["spark.driver.extraJavaOptions"] = "-XX:+UseParallelGC"
    return {name: value for name, value in conf.items() if name not in slow}


@cache
def state_conf() -> dict[str, str]:
    """What production tells Spark of the state of the job."""
    from sparkmodel import load_project  # noqa: PLC0415
    from sparkrail.packaging_assets.stream_conf import stream_conf  # noqa: PLC0415

    project = load_project(ROOT)
    jobs = (job for each in project.environments.values() for job in project.jobs(each))
    job = next(job for job in jobs if job.name == JOB)
    conf = {**stream_conf(job), **job.spark.conf}
    return {name: value for name, value in conf.items() if not name.startswith(_OF_THE_FLEET)}


def with_kafka(conf: Mapping[str, str]) -> dict[str, str]:
    """Settings, with Spark's connector for Kafka on the class path."""
    from sparkmodel.packaging import default_cache, locked_jars  # noqa: PLC0415
    from sparkmodel.packaging.kafka_jars import kafka_lock  # noqa: PLC0415

    jars = locked_jars(kafka_lock("3.5"), scala="2.12", cache=default_cache())
    name = "spark.driver.extraClassPath"
    return {**conf, name: os.pathsep.join([conf[name], *(str(jar.path) for jar in jars)])}


def _spark_submit() -> str:
    import pyspark  # noqa: PLC0415

    return str(Path(pyspark.__file__).parent / "bin" / "spark-submit")


def _environment(scratch: Path) -> dict[str, str]:
    paths = [ROOT, ROOT / "spark_jobs"]
    return {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "SPARK_LOCAL_DIRS": str(scratch),
        "TMPDIR": str(scratch),
    }
