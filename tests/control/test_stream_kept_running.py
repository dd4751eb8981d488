"""A stream on a whole platform: its own events start it, start it again, and replace it."""

import shutil
import sys
from pathlib import Path

import pytest
from control_loop import ROOT, Loop, synthesize

pytestmark = pytest.mark.slow

DRIVER = ROOT / "tests" / "sparkrail" / "streaming" / "stream_driver.py"
CONFIG = """
format = 1
project = "loop"
account = "111122223333"
region = "eu-west-1"
maintenance = "off"
[network]
mode = "own"
availability_zones = ["eu-west-1a", "eu-west-1b"]
[kafka]
mode = "serverless"
[teams.shop]
max_vcpu = 400
concurrent_runs = 8
[quotas]
vcpu = 4000
"""
JOB = """
format = 1
kind = "streaming"
team = "shop"
[inputs]
events = { topic = "events" }
[outputs]
rows = { table = "shop.rows" }
[parameters]
folder = { type = "string", default = "%s" }
[stream]
attempts_per_hour = 1
"""
TOPIC = """
format = 1
owner = "shop"
partitions = 1
[columns]
value = { type = "string" }
"""


class StreamLoop(Loop):
    """A platform whose one job is a stream, driven by a stand-in that a folder tells what to do."""

    def told(self, folder, who, what):
        (folder / f"do-{who}").write_text(what)

    def row(self):
        return next((row for row in self.rows("stream#events") if row["sk"] == "state"), {})

    def running(self, generation):
        """Wait until this generation runs and the ledger says so."""
        name = f"events/stream/{generation}"

        def there():
            row = self.row()
            known = (row.get("state"), row.get("generation")) == ("RUNNING", str(generation))
            return known and any(run["name"] == name for run in self.all_runs(("RUNNING",)))

        self.until(there, 120)
        return self.row()


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return tmp_path_factory.mktemp("told")


@pytest.fixture(scope="module")
def platform(tmp_path_factory, told):
    launcher = (sys.executable, "-S", "-E", str(DRIVER))
    folder = tmp_path_factory.mktemp("streams")
    loop = StreamLoop(folder, {}, port=6400, seconds_per_minute=30, launcher=launcher)
    write(loop.root, told)
    yield loop.up()
    loop.laptop.stop()


def write(root, told):
    (root / "config" / "dev.toml").write_text(CONFIG)
    (root / "topics").mkdir()
    (root / "topics" / "events.toml").write_text(TOPIC)
    (root / "tables" / "shop" / "rows.toml").write_text(
        'format = 1\nwrite = "append"\n[columns]\nvalue = { type = "string" }\n'
    )
    folder = root / "spark_jobs" / "events"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "main.py").write_text("import sparkjob\n\n\ndef main(run):\n    pass\n")
    (folder / "job.toml").write_text(JOB % told)


def change(root):
    """Another version: other code."""
    main = Path(root) / "spark_jobs" / "events" / "main.py"
    main.write_text(main.read_text() + "# changed\n")
    out = root / "cdk.out"
    shutil.rmtree(out)
    return synthesize(root)


def test_its_own_events_start_restart_and_replace_a_stream(platform, told):
    first = platform.running(1)

    platform.told(told, 1, "commit crash")
    again = platform.running(2)
    assert again["version"] == first["version"] == again["goodVersion"]

    platform.laptop.deploy(change(platform.root), lambda _text: None)
    replaced = platform.running(3)
    assert replaced["version"] != first["version"]
    assert [run["name"] for run in platform.live()] == ["events/stream/3"]
    # What the keeper looks at carries the mark `open`.
    assert "open" not in platform.row()
