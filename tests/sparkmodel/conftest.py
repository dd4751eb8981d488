"""A small project of TOML files to try things on."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from sparkmodel import Job, ManifestError, Problem, Project, load_project

DEV = """\
project = "demo"
account = "111111111111"
region = "us-east-1"
maintenance = "off"
[teams.health]
max_vcpu = 40
concurrent_runs = 2
[quotas]
vcpu = 100
"""

PROD = """\
extends = "dev"
account = "222222222222"
[teams.health]
max_vcpu = 80
"""

CONTRACT = """\
description = "One row per state and month"
write = "replace"
key = ["state", "month"]
[columns]
state = { type = "string", required = true }
month = { type = "date", required = true }
bed_use_ratio = { type = "double" }
[[checks]]
column = "bed_use_ratio"
max = 1.0
"""

WHOLE_CONTRACT = """\
format = 1
description = "One row per hint"
owner = "health"
write = "merge"
key = ["hint_id"]
partition = ["status", "day(seen_at)", "bucket(16, hint_id)"]
sort = ["truncate(100_000_000, hint_id)", "amount desc"]
format_version = 3
latest_by = "seen_at"
[columns]
hint_id = { type = "long", required = true, doc = "Given by the source" }
status = { type = "string", required = true }
seen_at = { type = "timestamp", required = true }
amount = { type = "decimal(10,2)", was = "sum" }
ratio = { type = "double" }
email = { type = "string", sensitivity = "personal" }
day = { type = "date" }
tags = { type = "map<string, array<struct<a: int, b: boolean>>>" }
[[checks]]
name = "plausible"
column = "ratio"
min = 0
max = 1
share = 0.01
action = "warn"
[[checks]]
column = "status"
accepted = ["open", "closed"]
[[checks]]
column = "email"
not_null = true
[[checks]]
unique = ["hint_id", "status"]
[[checks]]
rows = { min = 1, max = 1_000_000 }
[[checks]]
column = "seen_at"
fresh_hours = 26
[[checks]]
name = "no orphan"
sql = "SELECT * FROM staged WHERE hint_id < 0"
[[migrations]]
drop = "remark"
reason = "nobody read it"
[[migrations]]
narrow = "amount"
reason = "no amount has more digits"
[maintenance]
by = "sparkrail"
keep_days = 7
keep_snapshots = 20
target_file_mb = 512
small_files = 5
delete_files = 3
orphan_days = 7
[retention]
column = "day"
days = 730
"""

MANIFEST = """\
format      = 1
description = "Monthly hospital bed use by state"
team        = "health"
kind        = "batch"
trigger     = { cron = "30 6 * * ? *", timezone = "America/New_York", overlap = "skip" }

[inputs]
hhs = { path = "raw/hhs/" }
[outputs]
state_month = { table = "health.state_month" }
[parameters]
min_days = { type = "int", default = 1 }
[spark]
size = "small"
max_executors = 4
conf = { "spark.sql.shuffle.partitions" = "8" }
[run]
timeout_minutes = 60
attempts = 3
[environments.prod]
spark.size = "large"
"""


KAFKA = """
[network]
mode = "own"
availability_zones = ["us-east-1a", "us-east-1b"]
[kafka]
mode = "serverless"
"""

STREAM = """\
team = "health"
kind = "streaming"

[inputs]
events = { topic = "sales" }
[outputs]
orders = { table = "health.orders" }
[stream]
cadence_seconds = 30
[spark]
max_executors = 1
"""

ORDERS = """\
write = "append"
[columns]
id = { type = "string", required = true }
amount = { type = "double" }
"""

TOPIC = """\
format = 1
description = "An order of a till"
owner = "health"
partitions = 4
retention_hours = 72
retention_gb = -1
max_message_mib = 8
cleanup = "delete"

[columns]
id = { type = "string", required = true, doc = "Names the order" }
email = { type = "string", sensitivity = "personal" }
"""


class Workbench:
    """A project on disk that a test may change before it is loaded."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("config/dev.toml", DEV)
        self.write("config/prod.toml", PROD)
        self.write("tables/health/state_month.toml", CONTRACT)
        self.job("hospital_utilization", MANIFEST)

    def write(self, file: str, text: str | bytes) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())

    def job(self, name: str, manifest: str | bytes) -> None:
        self.write(f"spark_jobs/{name}/job.toml", manifest)
        self.write(f"spark_jobs/{name}/main.py", "")

    def whole_contract(self) -> str:
        """Write a contract that has every key, and say in which file."""
        file = "tables/health/hints.toml"
        self.write(file, WHOLE_CONTRACT)
        return file

    def streams(self) -> "Workbench":
        """Add brokers, a topic, and a stream of it into a table."""
        dev = (self.root / "config/dev.toml").read_text()
        self.write("config/dev.toml", dev + KAFKA)
        self.write("topics/sales.toml", TOPIC)
        self.write("tables/health/orders.toml", ORDERS)
        self.job("sales_stream", STREAM)
        return self

    def replace(self, old: str, new: str, file: str = "") -> None:
        """Change one place of the manifest, or of another file."""
        path = self.root / (file or "spark_jobs/hospital_utilization/job.toml")
        text = path.read_text()
        assert text.count(old) == 1, (old, text)
        path.write_text(text.replace(old, new))

    def load(self) -> Project:
        return load_project(self.root)

    def jobs(self, environment: str = "dev") -> dict[str, Job]:
        project = self.load()
        return {job.name: job for job in project.jobs(project.environments[environment])}

    def refusal(self) -> str:
        with pytest.raises(ManifestError) as refused:
            self.load()
        return str(refused.value)

    def problems(self) -> tuple[Problem, ...]:
        with pytest.raises(ManifestError) as refused:
            self.load()
        return refused.value.problems

    def problem(self) -> Problem:
        [problem] = self.problems()
        return problem


@pytest.fixture
def project(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


@pytest.fixture
def streams(project: Workbench) -> Workbench:
    """The workbench with brokers, a topic and a stream."""
    return project.streams()


@pytest.fixture
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Workbench]:
    return lambda: Workbench(tmp_path_factory.mktemp("project"))
