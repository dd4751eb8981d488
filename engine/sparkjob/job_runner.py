"""Run a job from a test: its manifest and contracts from the files, its tables the test's own.

It runs on the computer of whoever writes the job (Python 3.11 and later), not on the cluster.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Union

from sparkjob.arguments import QUARANTINE_PERCENT, Arguments
from sparkjob.contracts import LATE_SUFFIX, QUARANTINE_SUFFIX, parse_contracts
from sparkjob.entry import Main, execute
from sparkjob.intervals import MOMENTS, STARTS, Periods
from sparkjob.job_run import Run
from sparkjob.streaming.kept_records import KeptRecords
from sparkjob.streaming.settings import QUARANTINE_MINIMUM, StreamSettings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CATALOG = "lake"
Given = Union[str, Path, "DataFrame", Sequence[Any]]


@dataclass(frozen=True)
class JobFolder:
    """A job as its files describe it.

    Args:
        path: The folder with job.toml.
        manifest: What job.toml says, without overlays of environments.
        tables: Contracts by table name, from tables/ above the job.
        topics: Contracts by topic name, from topics/ above the job.
    """

    path: Path
    manifest: Dict[str, Any]
    tables: Dict[str, Dict[str, Any]]
    topics: Dict[str, Dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def above(cls, path: Path) -> JobFolder:
        """Find the job to which a test file belongs.

        Raises:
            LookupError: No folder above it has a job.toml.
        """
        for folder in path.absolute().parents:
            if (folder / "job.toml").is_file():
                manifest = _toml(folder / "job.toml")
                return cls(folder, manifest, _tables_above(folder), _topics_above(folder))
        raise LookupError(f"no folder above {path} has a job.toml, so there is no job to run")

    def contracts(self) -> Dict[str, Any]:
        """The document that packaging puts into the code zip."""
        outputs = self.manifest.get("outputs", {})
        return {
            "job": self.path.name,
            "outputs": {name: self.tables[found["table"]] for name, found in outputs.items()},
            "secrets": self.manifest.get("secrets", {}),
            "topics": {name: self.topics[name] for name in self.topic_inputs.values()},
        }

    @property
    def topic_inputs(self) -> Dict[str, str]:
        """Topics by the name that the code uses for the input."""
        inputs = self.manifest.get("inputs", {})
        return {name: found["topic"] for name, found in inputs.items() if "topic" in found}


@dataclass(frozen=True)
class Ran:
    """What a run did: the report that production would store.

    Args:
        report: The document of docs/contracts/report.schema.json.
    """

    report: Dict[str, Any]

    @property
    def rows(self) -> Dict[str, int]:
        """Rows by what became of them: read, used, excluded, quarantined, written.

        Of a stream: read, good, quarantined, late, unknown_fields, broken, written.
        """
        found: Dict[str, int] = self.report.get("counts") or self.report["rows"]
        return found


class JobRunner:
    """Runs a job in the test's own process, on tables that no other test sees.

    Args:
        spark: The session.
        folder: The job.
        reports: Where reports go.
        prefix: What the names of databases begin with.
    """

    def __init__(
        self, spark: SparkSession, *, folder: JobFolder, reports: Path, prefix: str
    ) -> None:
        self.spark = spark
        self.reports = reports
        self._folder = folder
        self._prefix = prefix
        self._topics: Dict[str, KeptRecords] = {}

    def run(
        self,
        main: Main,
        *,
        key: str = "test",
        generation: int = 1,
        attempt: int = 1,
        parameters: Optional[Mapping[str, object]] = None,
        by: str = "hand",
        batches: Optional[Mapping[str, Path]] = None,
        **inputs: Given,
    ) -> Ran:
        """Run main as production would, with the outputs and contracts of the job.

        A stream takes the records that it is given, and ends; run again, it goes on.

        Args:
            main: The job's main function.
            key: The run key.
            generation: Counts repetitions of a finished key.
            attempt: Counts attempts at a generation.
            parameters: Values that differ from the manifest's defaults. Default: none.
            by: What started the run. Default: hand.
            batches: Folders of lists of files, by the input that reads these files. Default: none.
            inputs: For each input a path (relative to the job's folder or the current one), a
                DataFrame, which becomes a table, or, of a topic, its further records: values
                (bytes, text, what is written as JSON, None) or `Record`s; a list of lists is as
                many micro-batches.

        Raises:
            Exception: Whatever failed the run.
        """
        arguments = Arguments(
            job=self._folder.path.name,
            run_key=key,
            generation=generation,
            attempt=attempt,
            inputs={name: self._located(name, where) for name, where in inputs.items()},
            outputs=self._outputs(),
            parameters=self._parameters(parameters or {}),
            quarantine=None,
            quarantine_percent=self._quarantine_percent(),
            reports=str(self.reports),
            by=by,
            periods=self._periods(),
            batches={name: str(folder) for name, folder in (batches or {}).items()},
            stream=self._stream(),
        )
        contracts = parse_contracts(self._folder.contracts())
        run = Run(self.spark, arguments=arguments, contracts=contracts)
        error = execute(main, run, arguments)
        if error is not None:
            raise error
        return Ran(run.stream.report(None) if run.stream else run.report.document())

    def table(self, output: str) -> DataFrame:
        """The table of an output."""
        return self.spark.table(self.table_name(output))

    def table_name(self, output: str) -> str:
        """The name of an output's table, which is another one in each test."""
        return self._outputs()[output]

    def written(self, output: str) -> bool:
        """Whether the table of an output is there."""
        return bool(self.spark.catalog.tableExists(self.table_name(output)))

    def quarantine(self) -> DataFrame:
        """The refused rows of all runs of the test."""
        first = next(iter(self._outputs().values()))
        return self.spark.table(f"{first}{QUARANTINE_SUFFIX}")

    def report(self, *, key: str = "test", generation: int = 1, attempt: int = 1) -> Dict[str, Any]:
        """The stored report of a run, also of one that failed."""
        path = self.reports / f"{key}-{generation}-{attempt}.json"
        found: Dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def late(self) -> DataFrame:
        """The records of a stream that came too late."""
        first = next(iter(self._outputs().values()))
        return self.spark.table(f"{first}{LATE_SUFFIX}")

    @property
    def checkpoint(self) -> Path:
        """Where a stream remembers how far it is."""
        version = self._folder.manifest.get("stream", {}).get("state_version", 1)
        return self.reports.parent / "checkpoint" / f"v{version}"

    def _stream(self) -> Optional[StreamSettings]:
        if not self._folder.topic_inputs:
            return None
        told: Dict[str, Any] = self._folder.manifest.get("stream", {})
        return StreamSettings(
            checkpoint=str(self.checkpoint),
            control=str(self.reports),
            state_version=told.get("state_version", 1),
            quarantine_minimum=told.get("quarantine_minimum", QUARANTINE_MINIMUM),
            once=True,
        )

    def _outputs(self) -> Dict[str, str]:
        outputs = self._folder.manifest.get("outputs", {})
        return {
            name: f"{CATALOG}.{self._prefix}{found['table']}" for name, found in outputs.items()
        }

    def _parameters(self, given: Mapping[str, object]) -> Dict[str, str]:
        declared = self._folder.manifest.get("parameters", {})
        defaults = {name: found["default"] for name, found in declared.items()}
        return {name: _text(value) for name, value in {**defaults, **given}.items()}

    def _quarantine_percent(self) -> float:
        told = self._folder.manifest.get("run", {})
        return float(told.get("quarantine_percent", QUARANTINE_PERCENT))

    def _periods(self) -> Optional[Periods]:
        told = self._folder.manifest.get("interval")
        if told is None:
            return None
        trigger: Dict[str, Any] = self._folder.manifest.get("trigger", {})
        by_moment = bool(trigger) and "tables" not in trigger
        return Periods(
            every=told["every"],
            lookback=told.get("lookback", 1),
            timezone=trigger.get("timezone", "UTC"),
            run_keys=MOMENTS if by_moment else STARTS,
        )

    def _located(self, name: str, where: Given) -> str:
        topic = self._folder.topic_inputs.get(name)
        if topic is not None and not isinstance(where, (str, Path)):
            if name not in self._topics:
                folder = self.reports.parent / "topics" / topic
                self._topics[name] = KeptRecords(self.spark, folder, topic)
            self._topics[name].send(list(where))
            return str(self._topics[name].folder)
        if not isinstance(where, (str, Path)):
            table = f"{CATALOG}.{self._prefix}input.{name}"
            frame: DataFrame = where
            frame.writeTo(table).using("iceberg").createOrReplace()
            return table
        inside = self._folder.path / where
        return str(inside if inside.exists() else where)


def _tables_above(folder: Path) -> Dict[str, Dict[str, Any]]:
    for above in folder.parents:
        if (above / "tables").is_dir():
            files = sorted((above / "tables").glob("*/*.toml"))
            names = {file: f"{file.parent.name}.{file.stem}" for file in files}
            return {name: {**_toml(file), "name": name} for file, name in names.items()}
    return {}


def _topics_above(folder: Path) -> Dict[str, Dict[str, Any]]:
    for above in folder.parents:
        if (above / "topics").is_dir():
            return {file.stem: _toml(file) for file in sorted((above / "topics").glob("*.toml"))}
    return {}


def _toml(path: Path) -> Dict[str, Any]:
    import tomllib  # noqa: PLC0415  Python 3.11; sparkjob itself runs on 3.9

    return tomllib.loads(path.read_text(encoding="utf-8"))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
