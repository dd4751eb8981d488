"""The stream of a job: what `read_stream`, `accept` and `write_stream` do, and how it ends."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.readwriter import DataStreamWriter

from sparkjob.arguments import Arguments
from sparkjob.contracts import Contract, Contracts, TopicContract
from sparkjob.errors import ContractBroken, NotAvailable, explain, is_retryable, unknown
from sparkjob.frames import frame_differences
from sparkjob.streaming.beginning import Place, first_offsets
from sparkjob.streaming.checkpoint import read_checkpoint
from sparkjob.streaming.control import Control
from sparkjob.streaming.counts import Counts
from sparkjob.streaming.execution import execution_of, the_query
from sparkjob.streaming.failures import failure
from sparkjob.streaming.follow import Follower
from sparkjob.streaming.guard import read_mark
from sparkjob.streaming.legs import Accepted, Closes, accept, joined
from sparkjob.streaming.mark import Mark
from sparkjob.streaming.metrics import Metrics
from sparkjob.streaming.records import read_records
from sparkjob.streaming.settings import StreamSettings
from sparkjob.streaming.sink import Limits, Sink
from sparkjob.streaming.source import read_files, read_topic, topic_of
from sparkjob.streaming.tables import StreamTables

_WATERMARK = "EventTimeWatermark"


class Stream:
    """The one stream of a job.

    Args:
        spark: The session.
        arguments: What the run was told.
        settings: What the stream was told.
        contracts: Of the topic and of the output.
    """

    def __init__(
        self,
        spark: SparkSession,
        *,
        arguments: Arguments,
        settings: StreamSettings,
        contracts: Contracts,
    ) -> None:
        self._spark = spark
        self._told = arguments
        self._settings = settings
        self._contracts = contracts
        self._control = Control(spark, settings.control, arguments.generation)
        self._accepted: Optional[Accepted] = None
        self._sink: Optional[Sink] = None
        self._tables: Optional[StreamTables] = None
        self._stopped = False

    def read(self, name: str, location: str) -> DataFrame:
        """Read an input that is a topic: see `Run.read_stream`."""
        topic = topic_of(location)
        contract = self._topic_contract(name, topic)
        offsets = first_offsets(
            self._place(), self._mark(), read_checkpoint(self._spark, self._settings.checkpoint)
        )
        if topic is None:
            records = read_files(self._spark, location)
        else:
            records = read_topic(self._spark, self._told.job, topic, self._settings, offsets)
        return read_records(records, contract.columns)

    def accept(self, rows: DataFrame, closes: Optional[Closes]) -> DataFrame:
        """Part good records from refused ones: see `Run.accept`."""
        if self._accepted is not None:
            raise NotAvailable("a stream accepts once: all records of its one topic.")
        self._accepted = accept(rows, closes)
        return self._accepted.good

    def write(self, name: str, frame: DataFrame) -> DataStreamWriter:
        """Make the writer of the output: see `Run.write_stream`."""
        told, settings = self._told, self._settings
        if name not in told.outputs:
            raise NotAvailable(unknown("output", name, told.outputs))
        if self._sink is not None:
            raise NotAvailable("a stream writes one output, once.")
        accepted = self._checked(frame)
        contract = self._contract(name, frame)
        self._tables = StreamTables(
            self._spark,
            job=told.job,
            output=told.outputs[name],
            contract=contract,
            quarantine=told.quarantine,
        )
        self._tables.prepare(late=accepted.closes)
        self._sink = Sink(
            job=told.job,
            output=name,
            contract=contract,
            tables=self._tables,
            limits=Limits(told.quarantine_percent, settings.quarantine_minimum),
            execution=lambda: execution_of(the_query(self._spark)),
            checkpoint=settings.checkpoint,
            state_version=settings.state_version,
            closes=accepted.closes,
        )
        self._spark.streams.resetTerminated()
        trigger: Dict[str, Any] = {"processingTime": f"{settings.cadence_seconds} seconds"}
        return (
            joined(frame, accepted.fates)
            .writeStream.queryName(told.job)
            .outputMode("update" if contract.write == "merge" else "append")
            .option("checkpointLocation", settings.checkpoint)
            .trigger(**({"availableNow": True} if settings.once else trigger))
            .foreachBatch(self._sink)
        )

    def follow(self) -> None:
        """Watch the query until it ends.

        Raises:
            JobError: Why it failed, as far as that is known.
            Exception: What else it failed with.
        """
        if self._sink is None:
            raise NotAvailable("the job is a stream, and main called no write_stream.")
        metrics = Metrics(self._told.job, self._told.generation)
        follower = Follower(self._spark, sink=self._sink, control=self._control, metrics=metrics)
        try:
            follower.follow()
        except Exception as error:
            known = failure(error, self._place(), self._mark())
            if known is None:
                raise
            raise known from error
        finally:
            self._stopped = follower.stopped
            if self._tables is not None:
                self._tables.refresh()

    def report(self, error: Optional[BaseException]) -> Dict[str, Any]:
        """Write how the stream ended.

        Args:
            error: Why it failed. None: it did not.

        Returns:
            What was written.
        """
        document = {
            "job": self._told.job,
            "generation": self._told.generation,
            "version": self._settings.version,
            "state": "failed" if error else "stopped",
            "error": type(error).__name__ if error else None,
            "message": explain(error) if error else None,
            "retryable": is_retryable(error) if error else None,
            "batches": self._sink.batches if self._sink else 0,
            "rows": self._totals.read,
            "counts": self._totals.document(),
        }
        self._control.report(document)
        return document

    def lines(self) -> List[str]:
        """What a person sees at the end."""
        told, totals = self._told, self._totals
        how = "stopped as it was asked to" if self._stopped else "ended"
        batches = self._sink.batches if self._sink else 0
        lines = [f"{told.job} (generation {told.generation}) {how} after {batches:,} batches"]
        lines.append(f"  {totals}")
        if self._tables is not None:
            lines.append(f"  {totals.written:,} rows in {self._tables.output}")
            if totals.quarantined + totals.broken:
                lines.append(f"  refused records are in {self._tables.quarantine}")
            if totals.late:
                lines.append(f"  late records are in {self._tables.late}")
        if totals.unknown_fields:
            lines.append(f"  {totals.unknown_fields:,} records have fields that no contract knows")
        lines += [
            f"  suspicious: {rows:,} rows break {name}"
            for name, rows in totals.warned.items()
            if rows
        ]
        return lines

    @property
    def _totals(self) -> Counts:
        return self._sink.totals if self._sink else Counts()

    def _place(self) -> Place:
        settings = self._settings
        return Place(self._told.job, self._target(), settings.checkpoint, settings.state_version)

    def _target(self) -> str:
        outputs = self._told.outputs
        if len(outputs) != 1:
            raise NotAvailable(f"a stream has one output, and this job was told {len(outputs)}.")
        return next(iter(outputs.values()))

    def _mark(self) -> Optional[Mark]:
        target = self._target()
        if not self._spark.catalog.tableExists(target):
            return None
        return read_mark(self._spark, target, self._told.job)

    def _topic_contract(self, name: str, topic: Optional[str]) -> TopicContract:
        topics = self._contracts.topics
        if topic is None and len(topics) == 1:
            return next(iter(topics.values()))
        if topic is None or topic not in topics:
            raise NotAvailable(
                f'input "{name}" is the topic {topic}, which has no contract here. By bare '
                "spark-submit, give one: SPARKJOB_CONTRACTS=FILE, a JSON document "
                '{"topics": {"' + str(topic) + '": {"columns": {...}}}, "outputs": {...}}.'
            )
        return topics[topic]

    def _contract(self, name: str, frame: DataFrame) -> Contract:
        contract = self._contracts.outputs.get(name)
        if contract is None:
            raise NotAvailable(
                f'output "{name}" has no contract here. By bare spark-submit, give one: '
                'SPARKJOB_CONTRACTS=FILE, a JSON document {"outputs": {"' + name + '": {...}}}.'
            )
        differences = frame_differences(contract, frame)
        if differences:
            told = "\n".join(f"  {each}" for each in differences)
            raise ContractBroken(
                f"{name} does not have the columns of its contract:\n{told}\nNothing was published."
            )
        return contract

    def _checked(self, frame: DataFrame) -> Accepted:
        if not frame.isStreaming:
            raise NotAvailable("write_stream takes a streaming DataFrame; write takes the others.")
        if self._accepted is None:
            raise NotAvailable(
                "call accept between read_stream and write_stream: it keeps refused records."
            )
        plan = frame._jdf.queryExecution().analyzed().toString()
        if _WATERMARK in plan and not self._accepted.closes:
            raise NotAvailable(
                "withWatermark makes Spark drop records that come too late, and nobody would know "
                "which. Say when that is, and they go to a table of their own: "
                'run.accept(events, closes=F.window("ordered_at", "1 minute").end), or '
                'closes="ordered_at" if there is no window.'
            )
        return self._accepted
