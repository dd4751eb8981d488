"""A streaming job says what it reads, writes and how it is kept running; the rest is refused."""

import pytest

from sparkmodel import Input, Job, Kafka, ManifestError, Output, Spark, Stream, check_job
from sparkmodel.sizing import SIZES, Worker
from sparkmodel.state_memory import STATE_MEMORY_KEY, overhead_mib, state_memory_mib

MANIFEST = "spark_jobs/sales_stream/job.toml"
TABLE = "tables/health/orders.toml"


def built(**given):
    ends = {"inputs": {"events": Input(topic="sales")}, "outputs": {"o": Output(table="a.b")}}
    return Job(folder="sales_stream", team="health", kind="streaming", **{**ends, **given})


def test_a_stream_reads_a_topic_and_writes_a_table(streams):
    job = streams.jobs()["sales_stream"]

    assert job.kind == "streaming"
    assert job.topic == "sales"
    assert job.needs_brokers
    assert job.stream == Stream(cadence_seconds=30)
    assert job.checkpoint_prefix == "sales_stream/v1/"


def test_a_stream_without_words_about_it_has_the_defaults():
    stream = built().stream

    assert (stream.cadence_seconds, stream.max_offsets, stream.start) == (60, 100_000, "earliest")
    assert (stream.attempts_per_hour, stream.drain_minutes, stream.fleet) == (5, 15, "elastic")
    assert (stream.state_version, stream.quarantine_minimum) == (1, 1000)


def test_another_state_version_is_another_checkpoint():
    assert built(stream=Stream(state_version=3)).checkpoint_prefix == "sales_stream/v3/"


def test_a_batch_job_is_no_stream(project):
    job = project.jobs()["hospital_utilization"]

    assert job.stream is None
    assert job.topic is None
    assert not job.needs_brokers
    assert job.checkpoint_prefix == ""


MISTAKES = {
    "trigger": ('kind = "streaming"', 'kind = "streaming"\ntrigger = { rate = "1 hour" }',
                3, "trigger", "it always runs"),
    "interval": ('kind = "streaming"', 'kind = "streaming"\ninterval = { every = "day" }',
                 3, "interval", "has no runs"),
    "timeout": ("[spark]", "[run]\ntimeout_minutes = 5\n[spark]",
                11, "run.timeout_minutes", "never ends by itself"),
    "attempts": ("[spark]", "[run]\nattempts = 3\n[spark]",
                 11, "run.attempts", "stream.attempts_per_hour"),
    "no topic": ('{ topic = "sales" }', '{ table = "health.state_month" }',
                 4, "inputs", "has no topic"),
    "two topics": ('[outputs]', 'more = { topic = "sales" }\n[outputs]',
                   6, "inputs.more.topic", "one topic too many: the stream reads inputs.events"),
    "files": ("[outputs]", 'more = { path = "raw/more/" }\n[outputs]',
              6, "inputs.more.path", "one topic, and tables besides"),
    "no table": ('orders = { table = "health.orders" }\n', "", 6, "outputs", "has no table"),
    "two tables": ("[stream]", 'more = { table = "health.state_month" }\n[stream]',
                   8, "outputs.more.table", "one table too many"),
    "unknown topic": ('topic = "sales"', 'topic = "sale"', 5, "inputs.events.topic",
                      "topics/sale.toml does not exist"),
    "unknown key": ("cadence_seconds", "cadence_second", 9, "stream.cadence_second", "Keys:"),
    "too often": ("cadence_seconds = 30", "cadence_seconds = 0", 9, "stream.cadence_seconds",
                  "at least 1"),
    "too rarely": ("cadence_seconds = 30", "cadence_seconds = 3601", 9, "stream.cadence_seconds",
                   "at most 3600"),
    "start": ("cadence_seconds = 30", 'start = "now"', 9, "stream.start",
              "Allowed: earliest, latest"),
    "fleet": ("cadence_seconds = 30", 'fleet = "fix"', 9, "stream.fleet",
              "Allowed: elastic, fixed"),
    "too many attempts": ("cadence_seconds = 30", "attempts_per_hour = 11", 9,
                          "stream.attempts_per_hour", "at most 10"),
    "kind": ('"streaming"', '"stream"', 2, "kind", "Allowed: batch, streaming"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_is_right(streams, mistake):
    old, new, line, key, says = MISTAKES[mistake]
    streams.replace(old, new, MANIFEST)

    problem = next(each for each in streams.problems() if each.key == key)

    assert (problem.file, problem.line) == (MANIFEST, line)
    assert says in problem.text


def test_the_nearest_right_word_is_named(streams):
    streams.replace("cadence_seconds", "cadence_second", MANIFEST)

    assert streams.problems()[0].nearest == "cadence_seconds"


def test_the_nearest_topic_is_named(streams):
    streams.replace('topic = "sales"', 'topic = "sale"', MANIFEST)

    assert streams.problems()[0].nearest == "sales"


def test_what_belongs_to_streams_is_no_part_of_a_batch_job(streams):
    streams.replace('kind = "streaming"\n', "", MANIFEST)

    problems = {each.key: each.text for each in streams.problems()}

    assert "for streaming jobs only" in problems["stream"]
    assert "read by streaming jobs only" in problems["inputs.events.topic"]


def test_a_stream_may_read_tables_besides(streams):
    streams.replace("[outputs]", 'states = { table = "health.state_month" }\n[outputs]', MANIFEST)

    assert streams.jobs()["sales_stream"].inputs["states"].table == "health.state_month"


@pytest.mark.parametrize("write", ["replace", "overwrite_partitions"])
def test_a_stream_cannot_write_what_only_a_run_has_whole(streams, write):
    partition = 'partition = ["id"]\n' if write == "overwrite_partitions" else ""
    streams.replace('write = "append"\n', f'write = "{write}"\n{partition}', TABLE)

    problem = streams.problem()

    assert (problem.file, problem.line, problem.key) == (MANIFEST, 7, "outputs.orders.table")
    assert f'is written with "{write}" by its contract' in problem.text
    assert 'Set write = "append", or "merge" with a key, in tables/health/orders.toml' in (
        problem.text
    )


def test_checks_of_each_row_are_a_streams(streams):
    (streams.root / TABLE).open("a").write(
        '[[checks]]\ncolumn = "amount"\nmin = 0\n'
        '[[checks]]\ncolumn = "id"\nnot_null = true\n'
        '[[checks]]\ncolumn = "id"\naccepted = ["a"]\n'
    )

    assert "sales_stream" in streams.jobs()


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ('unique = ["id"]', "unique"),
        ("rows = { min = 1 }", "rows"),
        ('name = "no orphan"\nsql = "SELECT * FROM staged"', "no orphan"),
    ],
)
def test_checks_of_a_whole_run_are_not(streams, check, said):
    (streams.root / TABLE).open("a").write(f"[[checks]]\n{check}\n")

    problem = streams.problem()

    assert (problem.file, problem.key) == (MANIFEST, "outputs.orders.table")
    assert f"has checks of a whole run, and a stream has no runs: {said}." in problem.text


def test_a_share_of_rows_is_none_of_a_stream(streams):
    (streams.root / TABLE).open("a").write('[[checks]]\ncolumn = "amount"\nmin = 0\nshare = 0.1\n')

    assert "the limit is run.quarantine_percent" in streams.problem().text


def test_no_run_waits_for_a_table_that_a_stream_writes(streams):
    streams.job(
        "later",
        'team = "health"\ntrigger = { tables = ["health.orders"] }\n'
        '[inputs]\norders = { table = "health.orders" }\n',
    )

    problem = streams.problem()

    assert (problem.file, problem.key) == ("spark_jobs/later/job.toml", "trigger.tables[0]")
    assert "the stream sales_stream writes it" in problem.text


def test_where_there_are_no_brokers_a_stream_is_no_part_of_the_environment(streams):
    streams.replace('mode = "serverless"', 'mode = "none"', "config/dev.toml")

    assert list(streams.jobs()) == ["hospital_utilization"]


def test_it_is_checked_all_the_same(streams):
    streams.replace('mode = "serverless"', 'mode = "none"', "config/dev.toml")
    streams.replace("cadence_seconds = 30", "cadence_seconds = 0", MANIFEST)

    assert streams.problem().key == "stream.cadence_seconds"


def test_one_built_in_python_needs_brokers(streams):
    loaded = streams.load()
    dev = loaded.environments["dev"]
    without = dev.model_copy(update={"kafka": Kafka()})
    job = built(outputs={"o": Output(table="health.orders")})

    check_job(job, environment=dev, tables=loaded.tables, topics=loaded.topics)
    with pytest.raises(ManifestError, match="needs Kafka, and dev has none"):
        check_job(job, environment=without, tables=loaded.tables, topics=loaded.topics)


def test_brokers_need_a_network(streams):
    streams.replace('mode = "own"\n', 'mode = "none"\n', "config/dev.toml")

    problem = streams.problems()[0]

    assert (problem.file, problem.key) == ("config/dev.toml", "kafka.mode")
    assert 'Set network.mode = "own" or "imported"' in problem.text


@pytest.mark.parametrize(
    ("line", "key"), [('mode = "own"', "kafka.mode"), ('streams = "stop"', "kafka.streams")]
)
def test_words_of_the_environment_that_are_none(streams, line, key):
    streams.replace('mode = "serverless"', line, "config/dev.toml")

    assert streams.problems()[0].key == key


def test_state_has_half_of_what_an_executor_has_beside_its_heap():
    for size, worker in SIZES.items():
        job = built(spark=Spark(size=size))
        assert overhead_mib(job) == worker.memory_gb * 1024 - worker.heap_mib
        assert 0 < state_memory_mib(job) <= overhead_mib(job) / 2


def test_the_smallest_executor_has_room_for_some_state():
    assert state_memory_mib(built(spark=Spark(executor=Worker(vcpu=1, memory_gb=2)))) >= 128


@pytest.mark.parametrize(
    ("mib", "says"),
    [("4000", "does not fit: an executor of 4 vCPU, 16 GB has 1490 MiB"), ("1g", "whole number")],
)
def test_more_state_than_there_is_room_is_refused(streams, mib, says):
    conf = f'[spark]\nconf = {{ "{STATE_MEMORY_KEY}" = "{mib}" }}\n'
    streams.replace("[spark]\n", conf, MANIFEST)

    problem = streams.problem()

    assert problem.key == f'spark.conf."{STATE_MEMORY_KEY}"'
    assert says in problem.text


def test_a_job_may_say_itself_how_much_state_it_bears():
    assert state_memory_mib(built(spark=Spark(conf={STATE_MEMORY_KEY: "900"}))) == 900
