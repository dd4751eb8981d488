"""What starts a job is checked: alone, against its inputs, and against the jobs before it."""

import pytest

JOB = "spark_jobs/hospital_utilization/job.toml"
CRON = 'cron = "30 6 * * ? *", timezone = "America/New_York", overlap = "skip"'
CONTRACT = 'write = "append"\n[columns]\nx = { type = "int" }\n'


def chain(project, **jobs):
    """Add jobs, each given as (tables read, table written, lines of its manifest)."""
    for name, (reads, writes, lines) in jobs.items():
        inputs = "".join(f'inputs.{each} = {{ table = "d.{each}" }}\n' for each in reads)
        output = f'outputs.{writes} = {{ table = "d.{writes}" }}\n'
        project.job(name, f'team = "health"\n{lines}\n{inputs}{output}')
        for each in [*reads, writes]:
            project.write(f"tables/d/{each}.toml", CONTRACT)


def by_tables(*tables, zone="UTC"):
    names = ", ".join(f'"d.{each}"' for each in tables)
    return f'trigger = {{ tables = [{names}], timezone = "{zone}" }}'


DAILY = 'interval = { every = "day" }'
AT_SIX = 'trigger = { cron = "0 6 * * ? *" }'
AT_FIVE = 'trigger = { cron = "0 5 * * ? *" }'


def test_a_trigger_by_tables_is_read(project):
    chain(
        project,
        a=([], "a", f"{AT_SIX}\n{DAILY}"),
        b=([], "b", f"{AT_FIVE}\n{DAILY}"),
        c=(["a", "b"], "c", f"{by_tables('a', 'b')}\n{DAILY}"),
    )

    job = project.jobs()["c"]

    assert (job.trigger.kind, job.trigger.tables) == ("tables", ("d.a", "d.b"))
    assert (job.overlap, job.timezone, job.run_keys) == ("queue", "UTC", "starts")
    assert not job.trigger.is_schedule
    with pytest.raises(ValueError, match="has no schedule"):
        _ = job.trigger.expression


def test_a_trigger_by_files_is_read(project):
    project.replace(CRON, 'files = "hhs"')

    trigger = project.jobs()["hospital_utilization"].trigger

    assert (trigger.kind, trigger.files, trigger.settle_minutes) == ("files", "hhs", 5)
    assert trigger.overlap == "queue"


def test_a_trigger_by_events_is_read(project):
    pattern = '{ source = ["aws.s3"], detail = { n = [{ numeric = [">", 1] }] } }'
    project.replace(CRON, f"event = {pattern}")

    trigger = project.jobs()["hospital_utilization"].trigger

    assert trigger.event == {"source": ["aws.s3"], "detail": {"n": [{"numeric": [">", 1]}]}}
    assert trigger.overlap == "queue"


@pytest.mark.parametrize("overlap", ["skip", "queue", "cancel"])
def test_each_overlap_of_a_schedule_is_read(project, overlap):
    project.replace('overlap = "skip"', f'overlap = "{overlap}"')

    assert project.jobs()["hospital_utilization"].overlap == overlap


def test_an_overlay_that_starts_by_cron_leaves_what_goes_with_files_behind(project):
    project.replace(CRON, 'files = "hhs", settle_minutes = 9')
    project.replace(
        "[environments.prod]", '[environments.prod]\ntrigger = { cron = "0 6 * * ? *" }'
    )

    assert project.jobs("prod")["hospital_utilization"].trigger.kind == "cron"
    assert project.jobs("dev")["hospital_utilization"].trigger.settle_minutes == 9


MISTAKES = {
    "own output": (
        'tables = ["health.state_month"]',
        "trigger.tables[0]",
        "is an output of this job",
    ),
    "no input": ('tables = ["health.beds"]', "trigger.tables[0]", "is not a table that this job"),
    "no tables": ("tables = []", "trigger.tables", "at least 1"),
    "no such input": ('files = "hss"', "trigger.files", "is not an input"),
    "quiet for no time": (
        'files = "hhs", settle_minutes = 0',
        "trigger.settle_minutes",
        "at least 1",
    ),
    "quiet for days": (
        'files = "hhs", settle_minutes = 1441',
        "trigger.settle_minutes",
        "at most 1440",
    ),
    "quiet without files": (
        'rate = "1 hour", settle_minutes = 5',
        "trigger.settle_minutes",
        "files",
    ),
    "files that are skipped": (
        'files = "hhs", overlap = "skip"',
        "trigger.overlap",
        "never read again",
    ),
    "files that are cancelled": (
        'files = "hhs", overlap = "cancel"',
        "trigger.overlap",
        "a run that is cancelled",
    ),
    "no overlap": ('rate = "1 hour", overlap = "wait"', "trigger.overlap", "skip, queue, cancel"),
    "an empty pattern": ("event = {}", "trigger.event", "every event"),
    "a pattern of everything": ('event = { account = ["1"] }', "trigger.event", "every service"),
    "a field that events do not have": (
        'event = { source = ["a"], detial = { a = ["b"] } }',
        "trigger.event.detial",
        "is not a field of an event",
    ),
    "a value without a list": ('event = { source = "a" }', "trigger.event.source", "a list"),
    "an empty list": ("event = { source = [] }", "trigger.event.source", "never matches"),
    "no filter": (
        'event = { source = [{ prefx = "a" }] }',
        "trigger.event.source[0]",
        "is not one filter",
    ),
    "half a comparison": (
        'event = { source = ["a"], detail = { n = [{ numeric = [">"] }] } }',
        "trigger.event.detail.n[0].numeric",
        "must read like",
    ),
    "a date": (
        'event = { source = ["a"], time = [2026-01-01] }',
        "trigger.event.time[0]",
        "text, a number",
    ),
    "too long a pattern": (
        f'event = {{ source = ["{"x" * 4090}"] }}',
        "trigger.event",
        "EventBridge takes 4096",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_trigger_is_answered(project, mistake):
    trigger, key, says = MISTAKES[mistake]
    project.replace(CRON, trigger)

    problem = project.problem()

    assert (problem.file, problem.line) == (JOB, 5)
    assert problem.key == key
    assert says in problem.text


def test_files_elsewhere_cannot_start_a_job(project):
    project.replace(CRON, 'files = "hhs"')
    project.replace("raw/hhs/", "s3://theirs/hhs/")

    assert "is not in a bucket of the platform" in project.problem().text


@pytest.mark.parametrize(
    ("trigger", "says"),
    [
        ('rate = "1 hour"', "a rate counts from the moment of its deploy"),
        ('files = "hhs"', "files arrive when they will"),
        ('event = { source = ["a"] }', "events come when they will"),
    ],
)
def test_an_interval_needs_runs_whose_periods_are_known(project, trigger, says):
    project.replace(CRON, trigger)
    project.replace("[inputs]", 'interval = { every = "day" }\n[inputs]')

    problem = project.problem()

    assert (problem.key, problem.line) == ("interval", 7)
    assert says in problem.text


@pytest.mark.parametrize(
    ("interval", "key"),
    [
        ('{ every = "year" }', "interval.every"),
        ('{ every = "day", lookback = 0 }', "interval.lookback"),
        ("{ lookback = 2 }", "interval.every"),
        ('"day"', "interval"),
    ],
)
def test_a_mistake_in_an_interval_is_answered(project, interval, key):
    project.replace("[inputs]", f"interval = {interval}\n[inputs]")

    assert project.problem().key == key


def test_a_run_of_a_period_cannot_cancel_that_of_another(project):
    project.replace("[inputs]", 'interval = { every = "day" }\n[inputs]')
    project.replace('overlap = "skip"', 'overlap = "cancel"')

    assert "would leave gaps" in project.problem().text


def test_a_table_that_no_job_writes_starts_nothing(project):
    chain(project, c=(["aa"], "c", by_tables("aa")), d=([], "ab", AT_SIX))

    problems = project.problems()

    assert {(each.key, each.nearest) for each in problems} == {("trigger.tables[0]", "d.ab")}
    assert "never starts the job: no job" in problems[0].text


def test_a_circle_is_named(project):
    chain(
        project,
        a=(["c"], "a", by_tables("c")),
        b=(["a"], "b", by_tables("a")),
        c=(["b"], "c", by_tables("b")),
        after=(["c"], "z", by_tables("c")),
    )

    problem = project.problem()

    assert problem.file == "spark_jobs/a/job.toml"
    assert "for ever: a -> c -> b -> a" in problem.text or "a -> b -> c -> a" in problem.text


def test_reading_in_a_circle_without_triggers_is_allowed(project):
    chain(project, a=(["b"], "a", AT_SIX), b=(["a"], "b", by_tables("a")))

    assert "b" in project.jobs()


def test_tables_whose_keys_never_meet_start_nothing(project):
    chain(
        project,
        a=([], "a", f"{AT_SIX}\n{DAILY}"),
        b=([], "b", f'{AT_SIX}\ninterval = {{ every = "hour" }}'),
        c=(["a", "b"], "c", by_tables("a", "b")),
    )

    problem = project.problem()

    assert (problem.file, problem.key) == ("spark_jobs/c/job.toml", "trigger.tables")
    assert "a has every day in UTC, b has every hour in UTC" in problem.text


def test_a_snapshot_beside_another_schedule_is_said(project):
    chain(
        project,
        a=([], "a", AT_SIX),
        b=([], "b", AT_FIVE),
        c=(["a", "b"], "c", by_tables("a", "b")),
    )

    assert "a has no interval and its own cron(0 6 * * ? *) in UTC" in project.problem().text


def test_snapshots_of_the_same_schedule_meet(project):
    chain(
        project,
        a=([], "a", AT_SIX),
        b=([], "b", AT_SIX),
        c=(["a", "b"], "c", by_tables("a", "b")),
        d=(["c", "a"], "dd", by_tables("c", "a")),
    )

    assert "d" in project.jobs()


def test_any_one_table_starts_a_snapshot(project):
    chain(project, a=([], "a", 'trigger = { rate = "1 hour" }'), c=(["a"], "c", by_tables("a")))

    assert "c" in project.jobs()


@pytest.mark.parametrize(
    ("producer", "zone", "said"),
    [
        (f"{AT_SIX}\n{DAILY}", "Europe/Paris", "a has every day in UTC, this job has every day in"),
        (AT_SIX, "UTC", "a has no interval and its own cron"),
        ("", "UTC", "a has no interval and runs by hand"),
    ],
)
def test_an_interval_is_that_of_the_jobs_before(project, producer, zone, said):
    chain(
        project,
        a=([], "a", producer),
        c=(["a"], "c", f"{by_tables('a', zone=zone)}\n{DAILY}"),
    )

    problem = project.problem()

    assert problem.key == "interval"
    assert said in problem.text
