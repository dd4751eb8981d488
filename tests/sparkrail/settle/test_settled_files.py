"""Files that arrive become batches: each object once, whatever dies and whatever comes twice."""

import json
import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from machine_cloud import dies_at

from sparkmodel.asl import findings
from sparkrail.arrivals.batch import PAGE_OBJECTS
from sparkrail.arrivals.watch import TURNS

pytestmark = pytest.mark.slow

STEPS = (
    *("Count", "Quiet", "Cut", "Page", "Objects", "Write", "Remove", "Look", "Complete"),
    *("Start", "Left", "Stop"),
)
"""What a watcher does for a batch; it dies after each."""


def test_events_that_come_twice_and_in_any_order_make_one_batch_of_each_object_once(arrivals):
    files, names = arrivals("unordered"), [f"drop/{number:02}.csv" for number in range(30)]
    events = [(name, 1) for name in names + names[:5]] + [(names[3], 2), (names[3], 1)]
    random.Random(4).shuffle(events)

    files.cloud.wait(*[files.send(*each) for each in events])
    files.settled()

    ((key, objects),) = files.batches().items()
    assert uris(objects) == [f"s3://raw/{name}" for name in names]
    assert {each["etag"] for each in objects if each["uri"].endswith("03.csv")} == {"etag-2"}
    assert files.started()[key] == {
        "key": key,
        "by": "files",
        "overrides": {"batches": {"drop": f"s3://logs/batches/unordered/{key}/"}},
    }
    assert files.cloud.executions(files.machine, "RUNNING") == []


def test_what_arrives_while_a_batch_is_made_is_in_the_next(arrivals):
    files = arrivals("during")
    files.deploy(dies_at(files.good, "Cut", after=True))
    files.cloud.wait(files.send("drop/a.csv"), files.send("drop/b.csv"))
    files.dead()
    files.deploy(files.good)
    files.cloud.wait(files.send("drop/b.csv", 2), files.send("drop/c.csv"))

    files.restart()
    files.settled()

    first, second = files.batches().values()
    # b.csv was overwritten before a page had it: it is read once, as it is now.
    assert uris(first) == ["s3://raw/drop/a.csv"]
    assert uris(second) == ["s3://raw/drop/b.csv", "s3://raw/drop/c.csv"]


def test_a_dead_watcher_is_followed_by_one_that_goes_on_where_it_died(arrivals):
    made = {state: arrivals(f"after_{state.lower()}") for state in STEPS}
    for state, files in made.items():
        files.deploy(dies_at(files.good, state, after=True))
        files.noted(["drop/a.csv"])
        files.send("drop/b.csv")
    for state, files in made.items():
        if state != "Stop":
            files.dead()
            files.deploy(files.good)
            files.restart()
    for files in made.values():
        files.settled()
        (objects,) = files.batches().values()
        assert uris(objects) == ["s3://raw/drop/a.csv", "s3://raw/drop/b.csv"], files.name


def test_an_object_whose_noter_died_is_counted_by_the_next_event(arrivals):
    files = arrivals("noter")
    files.deploy(dies_at(files.good, "Count", after=False))
    files.cloud.wait(files.send("drop/a.csv"))
    files.deploy(files.good)

    files.send("drop/a.csv")
    files.settled()

    (objects,) = files.batches().values()
    assert uris(objects) == ["s3://raw/drop/a.csv"]


def test_a_batch_of_many_long_names_has_pages_and_executions_that_follow_each_other(arrivals):
    files, count = arrivals("many"), 2 * PAGE_OBJECTS + 20
    files.deploy(after_turns(files.good, 2))
    files.noted(f"drop/{number:04}{'x' * 1015}" for number in range(count - 1))

    files.send("drop/last.csv")
    files.settled()

    ((key, objects),) = files.batches().items()
    assert len(set(uris(objects))) == len(objects) == count
    assert [page.rsplit("/")[-1] for page in files.pages(key)] == ["1.json", "2.json", "3.json"]
    assert len(files.cloud.executions(files.machine)) > 2


def test_two_batches_never_have_the_same_key(arrivals):
    files = arrivals("same_second")
    soon = datetime.now(UTC) + timedelta(seconds=3)
    files.put_watch(last=f"{soon:%Y%m%dT%H%M%SZ}")

    files.send("drop/a.csv")
    files.settled()

    (key,) = files.batches()
    assert key > f"{soon:%Y%m%dT%H%M%SZ}"


@pytest.mark.parametrize(
    "key", ["drop/_manual/k/a.csv", "drop/day=1/_SUCCESS", "drop/.part", "drop/", "drop/day=1/"]
)
def test_what_no_run_would_read_is_not_noted(arrivals, key):
    files = arrivals("hidden" + re.sub(r"[^a-z]", "", key.lower()))

    (ended,) = files.cloud.wait(files.send(key, size=0))

    assert ended["status"] == "SUCCEEDED"
    assert files.cloud.rows(files.partition) == {}


def test_the_machine_keeps_every_rule_of_machines(arrivals):
    assert list(findings(arrivals("rules").good)) == []


def after_turns(machine, turns):
    """The same machine, which hands over sooner."""
    text = json.dumps(machine)
    limit = f'"NumericGreaterThanEquals": {TURNS}'
    assert text.count(limit) == 1
    return json.loads(text.replace(limit, f'"NumericGreaterThanEquals": {turns}'))


def uris(objects):
    return sorted(each["uri"] for each in objects)
