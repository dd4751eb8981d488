"""A broker, a topic, a driver that is started again and again, and what goes wrong meanwhile."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.streams.events import Events
from benchmarks.streams.faults import FORGOTTEN, Fault
from benchmarks.streams.lake import Verdict, judge
from benchmarks.streams.plans import SCRIPT, TOPIC, Place, Step, step, write_contracts, write_plan
from benchmarks.streams.records import Records
from benchmarks.streams.submit import Driver, quick_conf
from benchmarks.streams.topic import Topic
from benchmarks.streams.watch import STEP_SECONDS, StuckError, Tally, Watch
from sparklaptop.kafka.cluster import Cluster

# A portion is sent for each fault: enough micro-batches that each comes to each point.
BATCHES_OF_A_PORTION = 3
_BEGIN, _END = -1, -2
_LAST_SECONDS = 1800
_RANDOM_SECONDS, _BROKER_DOWN_SECONDS = 12.0, 3.0
_TRIES = 5
_MANY = 100_000  # of one micro-batch, where nothing goes wrong


class Bench:
    """A stream and its broker.

    Args:
        folder: Where both are.
        cluster: The broker.
        records: What is sent.
        count: How many of them.
        faults: What will go wrong.
    """

    def __init__(
        self,
        folder: Path,
        cluster: Cluster,
        *,
        records: Records,
        count: int,
        faults: Sequence[Fault],
    ) -> None:
        self._folder, self._cluster = folder, cluster
        self._records, self._count = records, count
        self._portion = _portion(count, faults)
        self._sent = 0
        self._topic = Topic(cluster.bootstrap, TOPIC)
        self._watch = Watch(Events(folder / "events.jsonl"))
        self._contracts = write_contracts(folder)
        self._classes = folder / "classes.jsa"
        self._forget = False

    @property
    def tally(self) -> Tally:
        """What was seen so far."""
        return self._watch.tally

    def begin(self) -> None:
        """Run once and end, so that later starts find their classes read and checked."""
        self._send(self._portion)
        self._run([step(_BEGIN, "end", self._portion)], self._end_of(_BEGIN))

    def see(self, faults: Sequence[Fault]) -> None:
        """Let faults come to one process of the driver."""
        self._send(self._portion * len(faults))
        steps = [self._step_of(fault) for fault in faults]
        steps[0]["forget"] = self._forget
        self._forget = faults[-1].point == FORGOTTEN
        self._run(steps, lambda driver: [self._wait_for(driver, fault) for fault in faults])

    def end(self) -> Verdict:
        """Let it take all that is left, and judge."""
        while self._sent < self._count:
            self._send(_MANY)
        last = step(_END, "end", _MANY)
        last["forget"], self._forget = self._forget, False
        self._run([last], self._end_of(_END))
        self.tally.batches = sum(event["what"] == "take" for event in self._watch.events.all())
        return judge(self._folder, self._records, self._count)

    def undisturbed(self) -> tuple[Verdict, float]:
        """The same topic by a stream of its own, without faults; and the seconds that it took."""
        calm = self._folder / "undisturbed"
        calm.mkdir()
        began = time.monotonic()
        events = Events(calm / "events.jsonl")
        driver = self._started([step(_END, "end", _MANY)], calm, events)
        driver.process.wait(_LAST_SECONDS)
        if driver.process.returncode:
            raise StuckError(f"the run without faults failed:\n{driver.last_words()}")
        return judge(calm, self._records, self._count), time.monotonic() - began

    def _run(self, steps: Sequence[Step], follow: Callable[[Driver], object]) -> None:
        """Start a driver, let what follows it do its part; again, if it fails by itself."""
        for _ in range(_TRIES):
            driver = self._started(steps, self._folder, self._watch.events)
            try:
                follow(driver)
            except StuckError as error:
                self.tally.unplanned.append(str(error)[:1000])
                # What follows knows which of its faults have been.
                steps = [each for each in steps if each["number"] not in self.tally.hit]
            else:
                return
            finally:
                driver.kill()
                self._watch.dead()
        raise StuckError(self.tally.unplanned[-1])

    def _started(self, steps: Sequence[Step], folder: Path, events: Events) -> Driver:
        self.tally.starts += 1
        place = Place(folder, self._cluster.bootstrap)
        plan = write_plan(place, events, steps, self.tally.starts)
        conf = quick_conf(folder)
        kept = self._classes.is_file()
        flag = "SharedArchiveFile" if kept else "ArchiveClassesAtExit"
        conf["spark.driver.extraJavaOptions"] += (
            f" -XX:{flag}={self._classes} -Xlog:cds=off -Xlog:cds+dynamic=off"
        )
        return Driver(
            SCRIPT,
            [str(plan)],
            folder=folder / "driver",
            conf=conf,
            variables={"SPARKJOB_CONTRACTS": str(self._contracts)},
        )

    def _step_of(self, fault: Fault) -> Step:
        size = self._portion // BATCHES_OF_A_PORTION
        how = fault.kind if fault.kind == "raised" else "on"
        return step(fault.number, how, size, point=fault.point, skip=fault.skip)

    def _wait_for(self, driver: Driver, fault: Fault) -> None:
        if fault.number in self.tally.hit:
            return
        event = self._watch.next(driver, "running", fault.number)
        if fault.kind == "random":
            time.sleep(fault.pause * _RANDOM_SECONDS)
            driver.kill()
            self.tally.hit[fault.number] = self._watch.newest_batch()
        elif fault.kind == "broker":
            self._break_broker(driver, fault)
        else:
            event = self._watch.next(driver, "hit", fault.number)
            self.tally.hit[fault.number] = event["batch"]
            if fault.kind == "raised":
                self._watch.next(driver, "ended", fault.number)
            else:
                driver.process.wait(STEP_SECONDS)

    def _break_broker(self, driver: Driver, fault: Fault) -> None:
        self._watch.next(driver, "take", fault.number)
        time.sleep(fault.pause)
        self._cluster.kill(1)
        self.tally.hit[fault.number] = self._watch.newest_batch()
        time.sleep((1 - fault.pause) * _BROKER_DOWN_SECONDS)
        self._cluster.start()
        self._send(self._portion // BATCHES_OF_A_PORTION)
        self._watch.events.new()
        self._watch.next(driver, "done", fault.number)
        control = self._folder / "control" / "stop"
        control.mkdir(parents=True, exist_ok=True)
        while True:
            running = [each for each in self._watch.events.all() if each["what"] == "running"]
            (control / str(running[-1]["generation"])).touch()
            event = self._watch.next(driver, "ended", fault.number)
            if event["good"]:
                return

    def _end_of(self, number: int) -> Callable[[Driver], None]:
        def follow(driver: Driver) -> None:
            while not self._watch.next(driver, "ended", number, _LAST_SECONDS)["good"]:
                pass
            driver.process.wait(STEP_SECONDS)

        return follow

    def _send(self, count: int) -> None:
        until = min(self._sent + count, self._count)
        self._topic.send(map(self._records.record, range(self._sent, until)))
        self._sent = until


def _portion(count: int, faults: Sequence[Fault]) -> int:
    """Records of a portion: one for the begin, one for each fault, a part more for brokers."""
    parts = 1 + len(faults) + sum(fault.kind == "broker" for fault in faults)
    return max(BATCHES_OF_A_PORTION, count // parts)


def room_for(folder: Path) -> None:
    """Say if the folder has too little room for a run.

    Raises:
        StuckError: It has.
    """
    free = shutil.disk_usage(folder).free / 2**30
    if free < 4:
        raise StuckError(f"{folder} has {free:.1f} GiB; 4 are needed. TMPDIR names another folder.")
