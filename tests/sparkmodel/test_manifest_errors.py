"""Every mistake is answered: where, what, what is allowed, what was meant."""

import pytest

JOB = "spark_jobs/hospital_utilization/job.toml"


def test_all_problems_of_all_files_come_together_in_order(project):
    project.replace('size = "small"', 'size = "smal"')
    project.replace('hhs = { path = "raw/hhs/" }', 'hhs = { pth = "raw/hhs/" }')
    project.replace('table = "health.state_month"', 'table = "health.state_moth"')
    project.replace('region = "us-east-1"', 'region = "us-est-1"', "config/dev.toml")
    project.replace("max = 1.0", 'max = "1"', "tables/health/state_month.toml")

    assert project.refusal() == REFUSAL


REFUSAL = """\
config/dev.toml:3  region = "us-est-1"
    is not a Region with EMR Serverless. Regions: af-south-1, ap-east-1, ap-east-2, \
ap-northeast-1, ap-northeast-2, ap-northeast-3, ap-south-1, ap-south-2, ap-southeast-1, \
ap-southeast-2, ap-southeast-3, ap-southeast-4, ap-southeast-5, ap-southeast-6, ap-southeast-7, \
ca-central-1, ca-west-1, eu-central-1, eu-central-2, eu-north-1, eu-south-1, eu-south-2, \
eu-west-1, eu-west-2, eu-west-3, il-central-1, me-central-1, me-south-1, mx-central-1, sa-east-1, \
us-east-1, us-east-2, us-west-1, us-west-2.
    Did you mean "us-east-1"?
spark_jobs/hospital_utilization/job.toml:8  inputs.hhs.pth = "raw/hhs/"
    is not a key of inputs.hhs. Keys: path, table, topic.
    Did you mean "path"?
spark_jobs/hospital_utilization/job.toml:10  outputs.state_month.table = "health.state_moth"
    has no contract: tables/health/state_moth.toml does not exist.
    Did you mean "health.state_month"?
spark_jobs/hospital_utilization/job.toml:14  spark.size = "smal"
    is not a size. Sizes: xsmall (2 vCPU, 8 GB), small (4 vCPU, 16 GB), medium (4 vCPU, 30 GB), \
large (8 vCPU, 60 GB), xlarge (16 vCPU, 120 GB), or driver/executor = { vcpu, memory_gb, disk_gb }.
    Did you mean "small"?
tables/health/state_month.toml:10  checks[0].max = "1"
    must be a number, without quotes.
5 problems. Nothing was synthesized."""


MISTAKES = {
    "misspelt key": ("attempts", "atempts", 19, "run.atempts", "Keys: attempts", "attempts"),
    "key in the wrong table": (
        "[inputs]",
        "timeout_minutes = 5\n[inputs]",
        7,
        "timeout_minutes",
        "is not a key",
        "run.timeout_minutes",
    ),
    "a field that the folder gives": (
        "[inputs]",
        'name = "x"\n[inputs]',
        7,
        "name",
        "not a key",
        None,
    ),
    "text for a number": (
        "max_executors = 4",
        'max_executors = "4"',
        15,
        "spark.max_executors",
        "must be a whole number, without quotes",
        None,
    ),
    "number for text": ('"health"', "7", 3, "team", "must be text, in quotes", None),
    "number for a setting": (
        '"spark.sql.shuffle.partitions" = "8"',
        '"spark.sql.shuffle.partitions" = 8',
        16,
        'spark.conf."spark.sql.shuffle.partitions"',
        "must be text, in quotes",
        None,
    ),
    "text for a table": ('{ path = "raw/hhs/" }', '"raw/hhs/"', 8, "inputs.hhs", "table: {", None),
    "too few": ("attempts = 3", "attempts = 0", 19, "run.attempts", "at least 1", None),
    "too many": ("attempts = 3", "attempts = 11", 19, "run.attempts", "at most 10", None),
    "impossible worker": (
        'size = "small"',
        "driver = { vcpu = 4, memory_gb = 64 }",
        14,
        "spark.driver",
        "4 vCPU allows 8 to 30 GB. 64 GB needs 16 vCPU",
        None,
    ),
    "memory between steps": (
        'size = "small"',
        "executor = { vcpu = 8, memory_gb = 30 }",
        14,
        "spark.executor",
        "8 vCPU allows 16 to 60 GB in steps of 4",
        None,
    ),
    "impossible vCPU": (
        'size = "small"',
        "driver = { vcpu = 3, memory_gb = 8 }",
        14,
        "spark.driver.vcpu",
        "1, 2, 4, 8, 16",
        None,
    ),
    "impossible disk": (
        'size = "small"',
        "driver = { vcpu = 4, memory_gb = 16, disk_gb = 500 }",
        14,
        "spark.driver.disk_gb",
        "at most 200",
        None,
    ),
    "unknown release": (
        'size = "small"',
        'size = "small"\nrelease = "emr-7.14"',
        15,
        "spark.release",
        "Releases: emr-7.12.0, emr-7.13.0, emr-7.14.0, emr-spark-8.0.0, emr-spark-8.1.0",
        "emr-7.14.0",
    ),
    "unknown architecture": (
        'size = "small"',
        'size = "small"\narchitecture = "amd64"',
        15,
        "spark.architecture",
        "Allowed: x86_64, arm64",
        "arm64",
    ),
    "unknown kind": ('"batch"', '"bach"', 4, "kind", "Allowed: batch", "batch"),
    "unknown zone": (
        "America/New_York",
        "America/New York",
        5,
        "trigger.timezone",
        "is not a time zone",
        "America/New_York",
    ),
    "five fields": (
        '"30 6 * * ? *"',
        '"30 6 * * *"',
        5,
        "trigger.cron",
        "has 5 fields, but AWS's cron has 6: minute hour day-of-month month day-of-week year",
        "30 6 * * ? *",
    ),
    "no question mark": (
        '"30 6 * * ? *"',
        '"30 6 * * MON *"',
        5,
        "trigger.cron",
        "exactly one of the two",
        "30 6 ? * MON *",
    ),
    "with brackets": (
        '"30 6 * * ? *"',
        '"cron(30 6 * * ? *)"',
        5,
        "trigger.cron",
        "without cron( )",
        "30 6 * * ? *",
    ),
    "never fires": (
        '"30 6 * * ? *"',
        '"0 0 30 2 ? *"',
        5,
        "trigger.cron",
        "never fires: there is no such moment in America/New_York from 2026 on",
        None,
    ),
    "only in the past": ('"30 6 * * ? *"', '"0 0 1 1 ? 2020"', 5, "trigger.cron", "never", None),
    "only in the hour that summer time skips": (
        '"30 6 * * ? *"',
        '"30 2 8 3 ? 2026"',
        5,
        "trigger.cron",
        "never fires",
        None,
    ),
    "two triggers": (
        'overlap = "skip" }',
        'rate = "1 hour" }',
        5,
        "trigger",
        "both cron and rate. Give exactly one of cron, rate, at",
        None,
    ),
    "two sources": (
        'path = "raw/hhs/"',
        'path = "raw/hhs/", table = "health.state_month"',
        8,
        "inputs.hhs",
        "exactly one of path",
        None,
    ),
    "misspelt bucket": (
        "raw/hhs/",
        "row/hhs/",
        8,
        "inputs.hhs.path",
        "Buckets of the platform: raw",
        "raw/hhs/",
    ),
    "whole bucket": ("raw/hhs/", "raw/", 8, "inputs.hhs.path", "is not a folder", None),
    "wildcard": ("raw/hhs/", "raw/*/", 8, "inputs.hhs.path", "no wildcards", None),
    "way out": ("raw/hhs/", "raw/../x/", 8, "inputs.hhs.path", "no `..`", None),
    "not a table": (
        "health.state_month",
        "state_month",
        10,
        "outputs.state_month.table",
        '"database.table"',
        None,
    ),
    "name of an input": ("hhs = {", "HHS-1 = {", 8, "inputs.HHS-1", "is not a name", None),
    "default of another type": (
        "default = 1",
        'default = "1"',
        12,
        "parameters.min_days.default",
        'does not fit type = "int"',
        None,
    ),
    "a key of Spark that the platform owns": (
        '"spark.sql.shuffle.partitions" = "8"',
        '"spark.executor.memory" = "4g"',
        16,
        'spark.conf."spark.executor.memory"',
        "Instead: spark.size",
        None,
    ),
    "the catalog": (
        '"spark.sql.shuffle.partitions" = "8"',
        '"spark.sql.catalog.lake.type" = "hive"',
        16,
        'spark.conf."spark.sql.catalog.lake.type"',
        "is set by the platform",
        None,
    ),
    "a setting with a space": (
        '"8"',
        '"8 9"',
        16,
        'spark.conf."spark.sql.shuffle.partitions"',
        "splits its parameters at spaces",
        None,
    ),
    "unknown placeholder": (
        "raw/hhs/",
        "raw/${env}/",
        8,
        "inputs.hhs.path",
        "Placeholders: ${account}, ${environment}, ${project}, ${region}",
        None,
    ),
    "unknown environment": (
        "[environments.prod]",
        "[environments.prd]",
        20,
        "environments.prd",
        "Environments: dev, prod",
        "prod",
    ),
    "mistake in an overlay": (
        'spark.size = "large"',
        'spark.size = "larg"',
        21,
        "environments.prod.spark.size",
        "is not a size",
        "large",
    ),
    "newer format": ("format      = 1", "format = 2", 1, "format", "Allowed: 1", None),
    "all actions of a service": (
        "[run]",
        '[[iam]]\nreason = "sends the report"\nactions = ["ses:*"]\nresources = ["*"]\n[run]',
        19,
        "iam[0].actions[0]",
        "all actions of a service",
        None,
    ),
    "no reason": (
        "[run]",
        '[[iam]]\nactions = ["ses:SendEmail"]\nresources = ["*"]\n[run]',
        17,
        "iam[0].reason",
        "is missing",
        None,
    ),
    "a secret's value": (
        "[run]",
        '[secrets]\napi = "my pass word"\n[run]',
        18,
        "secrets.api",
        "not its value",
        None,
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_manifest_is_answered(project, mistake):
    old, new, line, key, says, nearest = MISTAKES[mistake]
    project.replace(old, new)

    problem = next(each for each in project.problems() if each.key == key)

    assert (problem.file, problem.line) == (JOB, line)
    assert says in problem.text
    assert problem.nearest == nearest


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_mistake_is_one_problem(project, mistake):
    old, new, *_ = MISTAKES[mistake]
    project.replace(old, new)

    assert len(project.problems()) == 1


ENVIRONMENT_MISTAKES = {
    "short account": ('"111111111111"', '"1111"', "account", "12 digits"),
    "account without quotes": ('"111111111111"', "111111111111", "account", "text, in quotes"),
    "unknown key": ("[quotas]\nvcpu", "[quotas]\nvpcu", "quotas.vpcu", "Keys: vcpu"),
    "zone of another region": (
        "[quotas]",
        '[network]\nmode = "own"\navailability_zones = ["us-east-1a", "us-west-2b"]\n[quotas]',
        "network.availability_zones[1]",
        "us-east-1",
    ),
    "one zone": (
        "[quotas]",
        '[network]\nmode = "own"\navailability_zones = ["us-east-1a"]\n[quotas]',
        "network.mode",
        "at least two",
    ),
    "imported nothing": (
        "[quotas]",
        '[network]\nmode = "imported"\n[quotas]',
        "network.mode",
        "needs vpc_id and subnet_ids",
    ),
    "no network": ("[quotas]", '[network]\ncidr = "10.0.0.1/16"\n[quotas]', "network.cidr", "IPv4"),
    "retention": ("[teams", "log_retention_days = 31\n[teams", "log_retention_days", "CloudWatch"),
    "address": ("[quotas]", '[notify]\nemail = ["me"]\n[quotas]', "notify.email[0]", "e-mail"),
    "address twice": (
        "[quotas]",
        '[notify]\nemail = ["a@b.org", "a@b.org"]\n[quotas]',
        "notify.email[1]",
        "there twice",
    ),
    "extends nothing": ("project", 'extends = "stage"\nproject', "extends", "Environments: prod"),
}


@pytest.mark.parametrize("mistake", ENVIRONMENT_MISTAKES)
def test_a_mistake_in_an_environment_is_answered(project, mistake):
    old, new, key, says = ENVIRONMENT_MISTAKES[mistake]
    project.replace(old, new, "config/dev.toml")

    problem = next(each for each in project.problems() if each.key == key)

    assert problem.file == "config/dev.toml"
    assert says in problem.text


def test_a_mistake_in_an_extended_file_is_told_once_and_where_it_is(project):
    project.replace('region = "us-east-1"', 'region = "mars-1"', "config/dev.toml")

    assert [(each.file, each.line) for each in project.problems()] == [("config/dev.toml", 3)]


def test_only_one_step_of_extension_is_allowed(project):
    project.write("config/stage.toml", 'extends = "prod"\n')

    assert "one step is all there is" in project.problem().text


@pytest.mark.parametrize("name", ["laptop", "dev_ana", "Prod", "eu-prod"])
def test_an_environment_needs_a_plain_name(project, name):
    project.write(f"config/{name}.toml", 'extends = "dev"\n')

    assert project.problem().file == f"config/{name}.toml"


def test_a_project_without_environments_is_told_what_it_needs(project):
    for path in (project.root / "config").iterdir():
        path.unlink()

    assert "needs one file config/<environment>.toml" in project.refusal()


def test_manifests_are_checked_even_when_no_environment_can_be_read(project):
    project.write("config/dev.toml", "=\n")
    project.replace('size = "small"', 'size = "smal"')

    assert [each.file for each in project.problems()] == ["config/dev.toml", JOB]


def test_a_folder_without_entry_file_is_named(project):
    (project.root / "spark_jobs/hospital_utilization/main.py").unlink()
    project.write("spark_jobs/hospital_utilization/mian.py", "")

    problem = project.problem()

    assert problem.file == "spark_jobs/hospital_utilization"
    assert problem.text == "has no main.py, the entry file that Spark runs."


def test_a_folder_with_code_but_no_manifest_is_named(project):
    project.write("spark_jobs/sales/main.py", "")

    assert project.problem().file == "spark_jobs/sales"


@pytest.mark.parametrize(
    "name", ["Sales", "sales-daily", "2021", "json", "class", "pyspark", "año"]
)
def test_a_job_needs_the_name_of_a_package_that_hides_nothing(project, name):
    project.job(name, 'team = "health"\n')

    assert project.problem().file == f"spark_jobs/{name}"


def test_a_name_that_aws_would_cut_is_refused_with_how_much_to_shorten(project):
    project.job("a" * 50, 'team = "health"\n')

    [dev, prod] = project.problems()

    assert f'"demo-dev-{"a" * 50}-machine" has 67 characters, AWS takes 64' in dev.text
    assert dev.text.endswith("Shorten the job's name by 3.")
    assert prod.text.endswith("Shorten the job's name by 4.")


def test_a_job_of_a_missing_team_is_told_in_which_environment(project):
    project.replace('team        = "health"', 'team = "helth"')

    problems = project.problems()

    assert [each.nearest for each in problems] == ["health", "health"]
    assert ["dev" in each.text for each in problems] == [True, False]


@pytest.mark.parametrize("write", ["replace", "append"])
def test_two_jobs_cannot_take_away_each_others_rows(project, write):
    project.replace('write = "replace"', f'write = "{write}"', "tables/health/state_month.toml")
    output = 'team = "health"\noutputs.x = { table = "health.state_month" }\n'
    project.job("another", output)

    assert "is written by job another too" in project.problem().text


def test_a_job_cannot_write_a_table_twice(project):
    project.replace("[parameters]", 'again = { table = "health.state_month" }\n[parameters]')

    assert project.problem().key == "outputs.again.table"


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"format = 1\nteam = 'caf\xe9'\n", 2, "is not UTF-8: the byte 0xe9"),
        (b"format = 1\nteam = health\n", 2, "is not TOML: Invalid value"),
        (b"team = 'a'\nteam = 'b'\n", 2, "there twice"),
        (b"[spark]\n[spark]\n", 2, "there twice"),
        (b"team = 'health\n", 1, "is not TOML"),
        (b"[inputs\n", 1, "is not TOML"),
        (b"\xff\xfe[\x00s\x00", 1, "is not UTF-8"),
        (b"x = " + b"[" * 100_000, None, "too deeply"),
        (b"x = " + b"9" * 5000, None, ""),
        (b"team = \x00", 1, "is not TOML"),
    ],
)
def test_a_file_that_is_not_toml_is_told_with_its_line(project, raw, line, says):
    project.job("hospital_utilization", raw)

    problem = project.problem()

    assert problem.file == JOB
    assert line is None or problem.line == line
    assert says in problem.text


def test_what_a_terminal_would_obey_is_not_printed(project):
    project.job("hospital_utilization", b"team = 'a' \x1b[31m\n")

    assert "\x1b" not in project.refusal()


def test_a_file_that_cannot_be_read_is_told(project):
    path = project.root / JOB
    path.unlink()
    path.mkdir()

    assert "cannot be read" in project.problem().text


def test_a_contract_in_the_wrong_folder_is_told_where_it_belongs(project):
    project.write("tables/daily.toml", "")

    assert "tables/<database>/<table>.toml" in project.problem().text


def test_a_contract_with_a_mistake_still_is_a_contract(project):
    project.write("tables/health/state_month.toml", "=\n")

    assert project.problem().file == "tables/health/state_month.toml"


def test_a_misspelt_overlay_is_recognised(project):
    project.replace("[environments.prod]", "[enviroments.prod]")

    assert project.problem().nearest == "environments"


def test_a_misspelt_extension_is_recognised(project):
    project.replace('extends = "dev"', 'extend = "dev"', "config/prod.toml")

    assert [each.nearest for each in project.problems() if each.key == "extend"] == ["extends"]
