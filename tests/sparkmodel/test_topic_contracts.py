"""A topic has a contract, and each team's topics a job that makes them."""

import json
import tomllib
import zipfile
from pathlib import Path

import jsonschema
import pytest

from sparkmodel import Topic
from sparkmodel.capacity import ApplicationKey
from sparkmodel.packaging import contracts_json, package_job
from sparkmodel.releases import release
from sparkmodel.schema import as_json, topic_schema
from sparkmodel.topic_page import topic_page

ROOT = Path(__file__).parents[2]
FILE = "topics/sales.toml"
MANIFEST = "spark_jobs/sales_stream/job.toml"
NAME = "topics_health"


def test_a_contract_says_what_kafka_is_told(streams):
    topic = streams.load().topics["sales"]

    assert topic.partitions == 4
    assert topic.settings == {
        "cleanup.policy": "delete",
        "max.message.bytes": str(8 * 1024**2),
        "retention.bytes": "-1",
        "retention.ms": str(72 * 3_600_000),
    }


def test_the_defaults_are_those_of_msk_serverless():
    topic = Topic(name="sales", owner="s", partitions=1, columns={"id": {"type": "string"}})

    assert topic.settings == {
        "cleanup.policy": "delete",
        "max.message.bytes": str(1024**2),
        "retention.bytes": str(250 * 1024**3),
        "retention.ms": str(7 * 24 * 3_600_000),
    }


MISTAKES = {
    "no owner": ('owner = "health"\n', "", 1, "owner", "is missing"),
    "foreign owner": ('owner = "health"', 'owner = "helth"', 3, "owner", "is not a team of dev"),
    "no partitions": ("partitions = 4\n", "", 1, "partitions", "is missing"),
    "too many partitions": ("partitions = 4", "partitions = 2401", 4, "partitions", "2400"),
    "no time": ("retention_hours = 72", "retention_hours = 0", 5, "retention_hours", "-1: no"),
    "no room": ("retention_gb = -1", "retention_gb = 0", 6, "retention_gb", "-1: no"),
    "too large": ("max_message_mib = 8", "max_message_mib = 9", 7, "max_message_mib", "at most 8"),
    "cleanup": ('"delete"', '"deleted"', 8, "cleanup", "Allowed: delete, compact"),
    "unknown key": ("retention_hours", "retention_days", 5, "retention_days", "Keys: cleanup"),
    "unknown type": ('"string", required', '"text", required', 11, "columns.id.type", "string"),
    "renamed": ("required = true,", 'was = "key",', 11, "columns.id.was", "keep the names"),
    "keys of numbers": ('"string", required', '"map<long, string>", required', 11,
                        "columns.id.type", "text as keys only"),
    "keys deep inside": ('"string", required', '"array<map<date,long>>", required', 11,
                         "columns.id.type", "text as keys only"),
    "a name": ("description", 'name = "x"\ndescription', 2, "name", "is not a key"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_is_right(streams, mistake):
    old, new, line, key, says = MISTAKES[mistake]
    streams.replace(old, new, FILE)

    problem = next(each for each in streams.problems() if each.key == key)

    assert (problem.file, problem.line) == (FILE, line)
    assert says in problem.text


def test_a_file_that_is_no_toml_or_lies_elsewhere_is_told(streams):
    streams.write("topics/broken.toml", "partitions = \n")
    streams.write("topics/deep/er.toml", "partitions = 1\n")
    streams.write("topics/Sales.toml", 'owner = "health"\npartitions = 1\n[columns]\na.type="int"')

    problems = {each.file: each.text for each in streams.problems()}

    assert "is not TOML" in problems["topics/broken.toml"]
    assert "Contracts of topics are topics/<topic>.toml" in problems["topics/deep/er.toml"]
    assert "is not a topic: small letters" in problems["topics/Sales.toml"]


@pytest.mark.parametrize(
    ("cleanup", "partitions", "says"),
    [("delete", 2399, "2400 partitions together"), ("compact", 121, "120 partitions together")],
)
def test_a_cluster_has_so_many_partitions(streams, cleanup, partitions, says):
    streams.write(
        "topics/large.toml",
        f'owner = "health"\npartitions = {partitions}\ncleanup = "{cleanup}"\n'
        'columns = { id = { type = "string" } }\n',
    )

    problem = streams.problem()

    assert (problem.file, problem.key) == ("topics/large.toml", "partitions")
    assert says in problem.text


def test_a_team_with_topics_has_a_job_that_makes_them(streams):
    streams.write("topics/other.v1.toml", (streams.root / FILE).read_text())

    job = streams.jobs()[NAME]

    assert job.manages == ("other.v1", "sales")
    assert job.needs_brokers
    assert job.kind == "batch"
    assert job.spark.vcpu == 2
    assert {name: each.default for name, each in job.parameters.items()} == {"task": "apply"}


def test_the_deploy_of_the_teams_jobs_starts_it(streams):
    trigger = streams.jobs()[NAME].trigger

    assert trigger.overlap == "queue"
    assert trigger.event["source"] == ["aws.cloudformation"]
    assert trigger.event["detail"]["stack-id"] == [
        {"prefix": "arn:aws:cloudformation:us-east-1:111111111111:stack/demo-dev-jobs-health-"}
    ]
    assert trigger.event["detail"]["status-details"]["status"] == [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
    ]


def test_it_runs_beside_the_teams_batch_jobs(streams):
    jobs = streams.jobs()

    assert ApplicationKey.of(jobs[NAME]) == ApplicationKey.of(jobs["hospital_utilization"])
    assert ApplicationKey.of(jobs["sales_stream"]).purpose == "Stream"


def test_without_brokers_there_is_none(streams):
    streams.replace('mode = "serverless"', 'mode = "none"', "config/dev.toml")
    streams.replace('owner = "health"', 'owner = "nobody"', FILE)

    assert NAME not in streams.jobs()


def test_no_folder_of_a_job_can_have_its_name(streams):
    streams.job("topics_sales", 'team = "health"\n')

    assert 'begin with "topics_"' in streams.refusal()


def test_jobs_that_nobody_wrote_come_last(streams):
    streams.job("zebra", 'team = "health"\n')
    streams.replace('maintenance = "off"\n', "", "config/dev.toml")

    assert list(streams.jobs())[-2:] == [NAME, "maintenance_health"]


def test_a_topics_job_carries_whole_contracts_and_a_stream_what_it_reads(streams):
    loaded, jobs = streams.load(), streams.jobs()

    made = json.loads(contracts_json(jobs[NAME], loaded.tables, loaded.topics))["topics"]
    read = json.loads(contracts_json(jobs["sales_stream"], loaded.tables, loaded.topics))["topics"]

    assert made["sales"]["settings"] == loaded.topics["sales"].settings
    assert made["sales"]["partitions"] == 4
    assert set(read["sales"]) == {"name", "columns"}
    assert list(read["sales"]["columns"]) == ["id", "email"]


def test_a_retention_that_changes_is_no_other_code_of_the_streams(streams):
    def contracts():
        loaded = streams.load()
        return contracts_json(streams.jobs()["sales_stream"], loaded.tables, loaded.topics)

    before = contracts()
    streams.replace("retention_hours = 72", "retention_hours = 73", FILE)

    assert contracts() == before


def test_it_is_packaged_like_any_job(streams, tmp_path, monkeypatch):
    loaded, job = streams.load(), streams.jobs()[NAME]
    monkeypatch.setattr("sparkmodel.packaging.package.locked_jars", lambda *_, **__: ())

    package = package_job(
        job,
        tables=loaded.tables,
        topics=loaded.topics,
        release=release(job.spark.release),
        spark_jobs=job.folder.parent,
        cache=tmp_path / "cache",
    )

    with zipfile.ZipFile(package.code.path) as code:
        assert "sparkjob/topics/job.py" in code.namelist()
        assert "sales" in json.loads(code.read("sparkjob/contracts.json"))["topics"]
    assert package.entry_point.path.read_text().endswith("sparkjob.run(make_topics)\n")


def test_the_page_of_a_topic_says_what_it_holds_and_who_reads_it(streams):
    page = topic_page(streams.load().topics["sales"], streams=["sales_stream"])

    assert "| records stay | 3 days |" in page
    assert "| read by | `sales_stream` |" in page
    assert "| `id` | `string` | yes |  | Names the order |" in page
    assert "No message, mail or report shows values of `email`." in page


def schema_problems(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(topic_schema())
    return [error.message for error in validator.iter_errors(tomllib.loads(text))]


def test_the_schema_in_the_repository_is_fresh_and_one():
    written = (ROOT / "topic.schema.json").read_text()

    assert written == as_json(topic_schema()), (
        "python -m sparkmodel.schema topic > topic.schema.json"
    )
    jsonschema.Draft202012Validator.check_schema(json.loads(written))


def test_editors_take_what_loads_and_see_a_mistake(streams):
    sound = (streams.root / FILE).read_text()

    assert schema_problems(sound) == []
    assert schema_problems(sound.replace("partitions = 4", "partitions = 0")) != []
    assert schema_problems(sound.replace("cleanup", "cleanups")) != []


def test_the_topics_that_ship_pass_the_schema():
    for each in ROOT.glob("topics/*.toml"):
        assert schema_problems(each.read_text()) == []
