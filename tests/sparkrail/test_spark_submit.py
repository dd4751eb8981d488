"""What spark-submit is told."""

import shlex

from sparkmodel import release
from sparkrail.packaging_assets.spark_submit import spark_submit_parameters


def conf(job, **changes):
    given = {
        "release": release(job.spark.release),
        "warehouse": "s3://lake/warehouse",
        "key_arn": "arn:key",
        "code": "s3://assets/code.zip",
        "environment": None,
        "jars": [],
        **changes,
    }
    words = shlex.split(spark_submit_parameters(job, **given))
    pairs = [words[i + 1].split("=", 1) for i, word in enumerate(words) if word == "--conf"]
    return dict(pairs), words


def test_a_heap_leaves_room_for_its_overhead(make_job):
    settings, _ = conf(make_job(spark={"size": "small"}))

    assert settings["spark.executor.memory"] == "14894m"
    assert settings["spark.executor.cores"] == "4"


def test_executors_are_always_capped(make_job):
    settings, _ = conf(make_job(spark={"max_executors": 7}))

    assert settings["spark.dynamicAllocation.maxExecutors"] == "7"


def test_without_packages_nothing_is_unpacked(make_job):
    settings, words = conf(make_job())

    assert "spark.archives" not in settings
    assert "spark.pyspark.python" not in settings
    assert words[-2:] == ["--py-files", "s3://assets/code.zip"]


def test_packages_bring_their_python(make_job):
    settings, _ = conf(make_job(), environment="s3://assets/env.tgz")

    assert settings["spark.archives"] == "s3://assets/env.tgz#environment"
    for key in (
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON",
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON",
        "spark.executorEnv.PYSPARK_PYTHON",
    ):
        assert settings[key] == "./environment/bin/python"


def test_jars_join_the_one_of_the_image(make_job):
    settings, _ = conf(make_job(), jars=["s3://assets/a.jar", "s3://assets/b.jar"])

    first, *others = settings["spark.jars"].split(",")
    assert first.endswith("iceberg-spark3-runtime.jar")
    assert others == ["s3://assets/a.jar", "s3://assets/b.jar"]


def test_the_job_has_the_last_word(make_job):
    job = make_job(spark={"conf": {"spark.sql.ansi.enabled": "true"}})
    settings, _ = conf(job)

    assert settings["spark.sql.ansi.enabled"] == "true"


def test_the_catalog_is_the_environments_lake(make_job):
    settings, _ = conf(make_job())

    assert settings["spark.sql.catalog.lake"] == "org.apache.iceberg.spark.SparkCatalog"
    assert settings["spark.sql.catalog.lake.type"] == "glue"
    assert settings["spark.sql.catalog.lake.warehouse"] == "s3://lake/warehouse"
    assert settings["spark.sql.catalog.lake.s3.sse.key"] == "arn:key"
