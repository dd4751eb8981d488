"""The plan of a run: what the template says stays, and only what must be is rewritten."""

from dataclasses import replace
from pathlib import Path

import pytest

from sparklaptop import Archive
from sparklaptop.emrserverless.submit import Machine, plan

MACHINE = Machine(
    endpoint="http://127.0.0.1:5566",
    region="eu-central-1",
    spark_home=Path("/spark"),
    java_home=Path("/java"),
    jars=(Path("/jars/iceberg.jar"), Path("/jars/s3a.jar")),
    python=Path("/base/python3.11"),
    aws_config=Path("/state/aws-config"),
    launcher=("/spark/bin/spark-submit",),
    cores=2,
    memory_mib=2048,
    inherited={"PATH": "/bin"},
)
APPLICATION = {"releaseLabel": "emr-7.14.0"}


def request(parameters="", *, defaults=None, arguments=("--job", "a")):
    made = {
        "name": "a/20260101T000000Z/1",
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": "s3://assets/main.py",
                "entryPointArguments": list(arguments),
                "sparkSubmitParameters": parameters,
            }
        },
    }
    if defaults is not None:
        one = {"classification": "spark-defaults", "properties": defaults}
        made["configurationOverrides"] = {"applicationConfiguration": [one]}
    return made


def conf_of(made):
    pairs = zip(made.argv, made.argv[1:], strict=False)
    confs = [after.split("=", 1) for before, after in pairs if before == "--conf"]
    return dict(confs)


def planned(parameters="", *, application=APPLICATION, **more):
    return plan(
        request(parameters, **more), application=application, machine=MACHINE, folder=Path("/run")
    )


def test_what_the_template_says_is_kept():
    made = planned(
        "--conf spark.sql.session.timeZone=UTC --conf spark.sql.shuffle.partitions=8 "
        "--conf spark.executor.cores=4 --py-files s3://assets/code.zip"
    )

    conf = conf_of(made)
    assert conf["spark.sql.session.timeZone"] == "UTC"
    assert conf["spark.sql.shuffle.partitions"] == "8"
    assert conf["spark.executor.cores"] == "4"
    assert made.argv[-3:] == ("s3://assets/main.py", "--job", "a")
    assert made.argv[made.argv.index("--py-files") + 1] == "s3://assets/code.zip"
    assert "spark.sql.session.timeZone" not in made.rewritten


def test_master_memory_and_endpoints_are_rewritten_and_said_to_be():
    made = planned(
        "--conf spark.driver.memory=14894m "
        "--conf spark.sql.catalog.lake=org.apache.iceberg.spark.SparkCatalog"
    )

    conf = conf_of(made)
    assert made.argv[:3] == ("/spark/bin/spark-submit", "--master", "local[2,4]")
    assert conf["spark.driver.memory"] == "2048m"
    assert conf["spark.hadoop.fs.s3a.endpoint"] == MACHINE.endpoint
    assert conf["spark.sql.catalog.lake.glue.endpoint"] == MACHINE.endpoint
    assert conf["spark.sql.catalog.lake.s3.endpoint"] == MACHINE.endpoint
    assert conf["spark.sql.catalog.lake.s3.path-style-access"] == "true"
    assert conf["spark.driver.extraClassPath"] == "/jars/iceberg.jar:/jars/s3a.jar"
    assert "-XX:TieredStopAtLevel=1" in conf["spark.driver.extraJavaOptions"]
    assert made.rewritten["spark.driver.memory"] == "2048m"
    assert any("2048m instead of 14894m" in note for note in made.notes)


def test_java_options_of_the_job_stay_before_ours():
    made = planned("--conf 'spark.driver.extraJavaOptions=-Dx=1 -Dy=2'")

    options = conf_of(made)["spark.driver.extraJavaOptions"]
    assert options == "-Dx=1 -Dy=2 -XX:TieredStopAtLevel=1"


def test_what_exists_on_the_image_alone_goes_and_own_jars_stay():
    made = planned(
        "--conf spark.jars=/usr/share/aws/iceberg/lib/x.jar,s3://assets/own.jar "
        "--conf spark.hadoop.hive.metastore.client.factory.class="
        "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory "
        "--conf spark.emr-serverless.executor.disk=20G"
    )

    conf = conf_of(made)
    assert conf["spark.jars"] == "s3://assets/own.jar"
    assert "spark.hadoop.hive.metastore.client.factory.class" not in conf
    assert not [key for key in conf if key.startswith("spark.emr-serverless.")]
    assert "spark.emr-serverless.executor.disk" in made.rewritten


def test_an_archive_is_listed_and_its_python_is_used():
    made = planned(
        "--conf spark.archives=s3://assets/e.tgz#environment "
        "--conf spark.emr-serverless.driverEnv.PYSPARK_PYTHON=./environment/bin/python "
        "--conf spark.executorEnv.PYSPARK_PYTHON=./other"
    )

    assert made.archives == (Archive(uri="s3://assets/e.tgz", name="environment"),)
    assert made.environment["PYSPARK_PYTHON"] == "./environment/bin/python"
    assert "spark.archives" not in conf_of(made)


def test_without_an_archive_the_base_interpreter_runs_the_job():
    made = planned()

    assert made.environment["PYSPARK_PYTHON"] == "/base/python3.11"
    assert not {"VIRTUAL_ENV", "PYTHONPATH"} & set(made.environment)
    assert any(note.startswith("no archive") for note in made.notes)


def test_credentials_and_endpoint_reach_the_driver_and_nothing_of_the_user_does():
    environment = planned().environment

    assert environment["AWS_ENDPOINT_URL"] == MACHINE.endpoint
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        assert environment[name] == str(MACHINE.aws_config)
    assert environment["SPARK_LOCAL_IP"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("release", "expected"),
    [("emr-7.14.0", None), ("emr-spark-8.0.0", None), ("emr-spark-8.1.0", "app")],
)
def test_a_jobs_defaults_replace_the_applications_before_8_1_and_merge_from_then(release, expected):
    shared = {
        "classification": "spark-defaults",
        "properties": {"spark.a": "app", "spark.b": "app"},
    }
    application = {"releaseLabel": release, "runtimeConfiguration": [shared]}

    conf = conf_of(planned(application=application, defaults={"spark.b": "job"}))

    assert conf.get("spark.a") == expected
    assert conf["spark.b"] == "job"


def test_a_conf_of_the_submission_wins_over_defaults():
    made = planned("--conf spark.a=submit", defaults={"spark.a": "default"})

    assert conf_of(made)["spark.a"] == "submit"


def test_a_request_as_a_state_machine_spells_it_gives_the_same_plan():
    lower = request("--conf spark.a=1")
    spark = lower["jobDriver"]["sparkSubmit"]
    upper = {
        "Name": lower["name"],
        "JobDriver": {"SparkSubmit": {key[0].upper() + key[1:]: spark[key] for key in spark}},
    }

    plans = [
        plan(one, application=APPLICATION, machine=MACHINE, folder=Path("/run"))
        for one in (lower, upper)
    ]

    assert plans[0] == plans[1]


@pytest.mark.parametrize("bad", ["--conf spark.master=yarn", "--master yarn", "main.py"])
def test_what_emr_serverless_refuses_is_refused(bad):
    with pytest.raises(ValueError, match=r"spark\.master|--master|stands where"):
        planned(bad)


def test_the_plan_does_not_depend_on_this_computer():
    other = replace(MACHINE, cores=8, memory_mib=1024)

    made = plan(request(), application=APPLICATION, machine=other, folder=Path("/elsewhere"))

    assert "local[8,4]" in made.argv
    assert conf_of(made)["spark.local.dir"] == "/elsewhere/tmp"


def test_start_flags_of_the_computer_come_after_those_of_the_job():
    machine = replace(MACHINE, jvm_flags=("-XX:SharedArchiveFile=/kept.jsa",))
    asked = request("--conf spark.driver.extraJavaOptions=-Dmine=1")

    made = plan(asked, application=APPLICATION, machine=machine, folder=Path("/run"))

    flags = conf_of(made)["spark.driver.extraJavaOptions"].split()
    assert flags[0] == "-Dmine=1"
    assert flags[-1] == "-XX:SharedArchiveFile=/kept.jsa"
