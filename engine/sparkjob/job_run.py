"""The surface that a job's main function sees."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.readwriter import DataStreamWriter

from sparkjob.accounting import Accounting, Excluded
from sparkjob.arguments import Arguments
from sparkjob.batches import Batch, read_batch
from sparkjob.contracts import Contract, Contracts, TopicContract
from sparkjob.csv.header import Wanted
from sparkjob.csv.reader import csv_paths, read_csv
from sparkjob.errors import ContractBroken, InputRefused, Named, NotAvailable, unknown
from sparkjob.frames import contract_of, frame_differences
from sparkjob.intervals import Interval, interval_of
from sparkjob.publishing.branches import Stamp
from sparkjob.report import Report
from sparkjob.secret import read_secret
from sparkjob.streaming.legs import Closes
from sparkjob.streaming.stream import Stream


class Run:
    """One run of a job: its inputs by name, and the outputs that it stages.

    Args:
        spark: The session; also for the job's own use.
        arguments: What the run was told.
        contracts: What the job promises about its outputs.

    Attributes:
        args: The job's parameters as text, by name.
        run_key: Names the run; the same key is the same run, tried or made again.
        stream: Of a streaming job. None: the job is none.
    """

    def __init__(self, spark: SparkSession, *, arguments: Arguments, contracts: Contracts) -> None:
        self.spark = spark
        self.args: Dict[str, str] = Named("parameter", arguments.parameters)
        self.run_key = arguments.run_key
        self.report = Report(arguments)
        self.cached: List[DataFrame] = []
        self.accounting = Accounting(self.cached)
        self.staged: Dict[str, DataFrame] = {}
        self._arguments = arguments
        self._contracts = contracts
        self._batches: Dict[str, Batch] = {}
        self._inputs: Dict[str, str] = Named("input", arguments.inputs)
        self.stream: Optional[Stream] = (
            Stream(spark, arguments=arguments, settings=arguments.stream, contracts=contracts)
            if arguments.stream
            else None
        )

    @property
    def topics(self) -> Mapping[str, TopicContract]:
        """Contracts of the topics that the job reads or makes, by their own names."""
        return self._contracts.topics

    @property
    def stamp(self) -> Stamp:
        """What marks the snapshots of this run."""
        told = self._arguments
        interval = self.interval.key if told.periods else None
        return Stamp(told.job, told.run_key, told.generation, told.attempt, interval)

    @property
    def interval(self) -> Interval:
        """The span of time that the run stands for: start and end, with a time zone, and its key.

        Raises:
            NotAvailable: The job has no interval.
            InputRefused: The run key does not say which period is meant.
        """
        told = self._arguments
        if told.periods is None:
            raise NotAvailable(
                f"{told.job} is a snapshot job: it has no interval, each run reads all that its "
                f"inputs hold. To give it one, add to spark_jobs/{told.job}/job.toml, above the "
                'first [table]: interval = { every = "day" }'
            )
        try:
            return interval_of(told.run_key, told.periods, by=told.by)
        except ValueError as error:
            raise InputRefused(f"{error}\nNothing was written.") from None

    def input(self, name: str) -> str:
        """Where an input is: a location or the name of a table.

        A run that was started for a batch of files gets a path that finds exactly these files; any
        reader of Spark takes it.
        """
        location = self._named(name)
        return self._batch(name).pattern if name in self._arguments.batches else location

    def table(self, name: str) -> DataFrame:
        """An input that is a table."""
        return self.spark.table(self.input(name))

    def read_csv(
        self,
        name: str,
        *,
        required: Sequence[str] = (),
        optional: Sequence[str] = (),
        any_of: Sequence[Sequence[str]] = (),
    ) -> DataFrame:
        """Read CSV files as text, by column name; each file has its own header.

        UTF-8 with or without a byte order mark, LF or CRLF, line breaks in quotes, gzip. The
        columns `_file`, `_line`, `_raw` and `_reason` say where a row was, how it looked, and
        why it could not be split, if so (then all others are null); keep them up to `accept`.
        A file is one task and must fit into a worker's memory as it is stored. A folder without
        files and a file with a header alone are no rows. A run that was started for a batch of
        files reads exactly these.

        Args:
            name: The input: a file, a folder or a pattern of paths.
            required: Columns that each file must have.
            optional: Columns that are null where a file lacks them.
            any_of: Groups of columns; each file must have at least one whole group. Default of
                all three: all columns of all files, which reads the files twice.

        Raises:
            InputRefused: No such file, or one that is not CSV, is damaged, empty or lacks columns.
        """
        location = self._named(name)
        groups = tuple(tuple(group) for group in any_of)
        wanted = Wanted(tuple(required), tuple(optional), groups)
        with self.report.phase("read"):
            try:
                paths = self._paths(name, location)
                found = read_csv(self.spark, paths, wanted)
            except InputRefused as refused:
                raise InputRefused(
                    f"input {name}: {refused}\nNothing was written. Run it with another file: "
                    f"sparkrail run {self._arguments.job} --input {name}=FILE"
                ) from None
        self.report.inputs[name]["files"] = len(found.records)
        self.accounting.records.update(found.records)
        self.cached.append(found.cached)
        return found.rows

    def read_stream(self, name: str) -> DataFrame:
        """Read an input that is a topic: the columns of its contract, from each record's JSON.

        The columns `_topic`, `_partition`, `_offset`, `_timestamp`, `_key`, `_raw`, `_reason` and
        `_extra` say where a record was, how it looked, why it does not fit the contract, if so,
        and which fields it has that the contract does not know; keep them up to `accept`. A topic
        that is not there yet is waited for, five minutes at most.

        Args:
            name: The input.

        Raises:
            InputRefused: There is no such topic.
            CheckpointRefused: The stream cannot go on where it was.
        """
        return self._stream("read_stream").read(name, self._named(name))

    def accept(
        self,
        rows: DataFrame,
        *,
        excluded: Optional[Excluded] = None,
        closes: Optional[Closes] = None,
    ) -> DataFrame:
        """Count every row, and give back those to use, without the columns of bookkeeping.

        Args:
            rows: Rows of `read_csv` or `read_stream`, with more reasons in `_reason` where the job
                found some. Those with a reason go to quarantine.
            excluded: Says of a frame of `read_csv` which rows have no usable value; they are
                counted and left out. Default: none.
            closes: Of a stream with a watermark: the moment after which a record comes too late,
                which is the end of its window, or the time of the watermark if there is none. What
                Spark then drops goes to the table of late records. Default: no watermark.
        """
        if not rows.isStreaming:
            if closes is not None:
                raise NotAvailable("closes= is for streams: rows of a file never come too late.")
            return self.accounting.accept(rows, excluded)
        if excluded is not None:
            raise NotAvailable("excluded= is for files: filter a stream after accept.")
        return self._stream("accept").accept(rows, closes)

    def write_stream(self, name: str, frame: DataFrame) -> DataStreamWriter:
        """Make the writer of a stream's output; start it, and let main return.

        Checkpoint, cadence and output mode are set, and every batch is published exactly once.

        Args:
            name: The output.
            frame: A streaming DataFrame, made of what `accept` gave back.

        Raises:
            ContractBroken: The frame's columns are not those of the contract.
            NotAvailable: It cannot be written as a stream.
        """
        return self._stream("write_stream").write(name, frame)

    def write(self, name: str, frame: DataFrame) -> None:
        """Stage an output. It is checked and published after main returns, if all went well.

        Raises:
            ContractBroken: The frame's columns are not those of the contract.
        """
        outputs = self._arguments.outputs
        if name not in outputs:
            raise NotAvailable(unknown("output", name, outputs))
        if name in self.staged:
            raise NotAvailable(f'output "{name}" is written twice; union the two frames.')
        contract = self._contracts.outputs.get(name)
        differences = frame_differences(contract, frame) if contract else []
        if differences:
            told = "\n".join(f"  {each}" for each in differences)
            raise ContractBroken(
                f"{name} does not have the columns of its contract:\n{told}\nNothing was published."
            )
        self.staged[name] = frame

    def secret(self, name: str) -> str:
        """Read a secret by the name that the manifest gives it."""
        secrets = self._contracts.secrets
        if name not in secrets:
            raise NotAvailable(unknown("secret", name, secrets))
        return read_secret(self.spark, secrets[name])

    def contract(self, name: str) -> Contract:
        """The contract of a staged output; by bare spark-submit, what its frame looks like."""
        return self._contracts.outputs.get(name) or contract_of(self.staged[name], name)

    def target(self, name: str) -> str:
        """The table or path of an output."""
        return self._arguments.outputs[name]

    def _stream(self, called: str) -> Stream:
        if self.stream is None:
            raise NotAvailable(
                f'{called} is for streams. In job.toml: kind = "streaming"; by bare spark-submit: '
                "--checkpoint FOLDER."
            )
        return self.stream

    def _named(self, name: str) -> str:
        location = self._inputs[name]
        self.report.inputs.setdefault(name, {"location": location, "files": None})
        return location

    def _paths(self, name: str, location: str) -> List[str]:
        if name in self._arguments.batches:
            return self._batch(name).paths
        return csv_paths(self.spark, location)

    def _batch(self, name: str) -> Batch:
        if name not in self._batches:
            batch = read_batch(self.spark, self._arguments.batches[name])
            self._batches[name] = batch
            size = sum(file.size for file in batch.files)
            about = {"location": batch.location, "files": len(batch.files), "bytes": size}
            self.report.batches[name] = about
        return self._batches[name]

    def release(self) -> None:
        """Let go of all that was cached."""
        for frame in self.cached:
            frame.unpersist()
        self.cached.clear()
