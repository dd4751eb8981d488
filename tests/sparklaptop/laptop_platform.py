"""A small platform like those that sparkrail synthesizes: lake, application, a job's machine."""

import io
import json
import tarfile

from laptop_assemblies import ACCOUNT, BUCKET, REGION, att, ref, role, template, weak

MAIN = """
import sys
import greeting                      # from the archive
import helper                        # from --py-files
from pyspark.sql import SparkSession

source, table = sys.argv[1:3]
spark = SparkSession.builder.getOrCreate()
rows = spark.read.option("header", True).csv(source)
if rows.count() == 0:
    raise ValueError("the source holds no rows")
spark.sql(f"create table if not exists {table} (k string, v int) using iceberg")
rows.createOrReplaceTempView("source")
spark.sql(
    f"merge into {table} t using source s on t.k = s.k "
    "when matched then update set v = cast(s.v as int) "
    "when not matched then insert (k, v) values (s.k, cast(s.v as int))"
)
total = spark.sql(f"select count(*), sum(v) from {table}").first()
print(f"TOTAL rows={total[0]} sum={total[1]} spark={spark.version} {greeting.WORD} {helper.WORD}")
print(f"PYTHON {sys.executable} zone={spark.conf.get('spark.sql.session.timeZone')}")
"""
HELPER = "WORD = 'from-the-zip'\n"
LAUNCHER = """#!/bin/bash
env_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
exec -a "$env_dir/bin/python" /usr/bin/python3.11 "$@"
"""


def archive():
    """A venv-shaped archive for CPython 3.11, as the packaging makes them, with one tiny module."""
    files = {
        "pyvenv.cfg": (
            b"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11\n",
            0o644,
        ),
        "requirements.lock": (b"", 0o644),
        "bin/python": (LAUNCHER.encode(), 0o755),
        "lib/python3.11/site-packages/greeting.py": (b"WORD = 'from-the-archive'\n", 0o644),
    }
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as tar:
        for name, (content, mode) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return body.getvalue()


def conf(warehouse):
    return {
        "spark.archives": f"s3://{BUCKET}/env.tgz#environment",
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": "./environment/bin/python",
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": "./environment/bin/python",
        "spark.executorEnv.PYSPARK_PYTHON": "./environment/bin/python",
        "spark.driver.cores": "4",
        "spark.driver.memory": "14894m",
        "spark.executor.cores": "4",
        "spark.executor.memory": "14894m",
        "spark.dynamicAllocation.maxExecutors": "2",
        "spark.emr-serverless.executor.disk": "20G",
        "spark.jars": "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "glue",
        "spark.sql.catalog.lake.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "spark.sql.catalog.lake.warehouse": warehouse,
    }


def lake(name="lake"):
    bucket = {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
    }
    database = {
        "Type": "AWS::Glue::Database",
        "DeletionPolicy": "RetainExceptOnCreate",
        "Properties": {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": "dev_health"}},
    }
    return {name: template({"Bucket": bucket, "Database": database}, LakeBucketName=ref("Bucket"))}


def machine_definition(timeout_seconds=600):
    parameters = " ".join(f"--conf {key}={value}" for key, value in conf("s3://${Lake}/wh").items())
    run = {
        "Type": "Task",
        "Resource": "arn:aws:states:::emr-serverless:startJobRun.sync",
        "TimeoutSeconds": timeout_seconds,
        "Parameters": {
            "ApplicationId": "${Application}",
            "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/dev-merge-job",
            "Name.$": "States.Format('merge/{}/1', $.key)",
            "ClientToken.$": "States.Hash(States.Format('merge/{}', $.key), 'SHA-256')",
            "ExecutionTimeoutMinutes": 60,
            "JobDriver": {
                "SparkSubmit": {
                    "EntryPoint": f"s3://{BUCKET}/main.py",
                    "EntryPointArguments.$": "States.Array($.source, 'lake.dev_health.totals')",
                    "SparkSubmitParameters": f"{parameters} --py-files s3://{BUCKET}/code.zip",
                }
            },
            "ConfigurationOverrides": {
                "MonitoringConfiguration": {
                    "S3MonitoringConfiguration": {"LogUri": "s3://${Lake}/logs/"},
                    "CloudWatchLoggingConfiguration": {
                        "Enabled": True,
                        "LogGroupName": "/aws/emr-serverless/p/dev/health",
                        "LogTypes": {"SPARK_DRIVER": ["STDOUT", "STDERR"]},
                    },
                }
            },
        },
        "ResultSelector": {"State.$": "$.State", "JobRunId.$": "$.JobRunId"},
        "End": True,
    }
    return {"StartAt": "Run", "States": {"Run": run}}


def jobs(release="emr-7.14.0", lake_stack="lake"):
    application = {
        "Type": "AWS::EMRServerless::Application",
        "Properties": {
            "Name": "dev-health",
            "ReleaseLabel": release,
            "Type": "SPARK",
            "Architecture": "X86_64",
            "MaximumCapacity": {"Cpu": "12 vCPU", "Memory": "96 GB", "Disk": "2400 GB"},
            "SchedulerConfiguration": {"MaxConcurrentRuns": 2, "QueueTimeoutMinutes": 15},
        },
    }
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "StateMachineName": "dev-merge",
            "RoleArn": att("MachineRole", "Arn"),
            "DefinitionString": json.dumps(machine_definition()),
            "DefinitionSubstitutions": {
                "Application": att("Application", "ApplicationId"),
                "Lake": weak(lake_stack, "LakeBucketName"),
            },
        },
    }
    return {
        "jobs": template(
            {
                "Application": application,
                "JobRole": role(
                    "dev-merge-job", "emr-serverless.amazonaws.com", *_job_statements(lake_stack)
                ),
                "MachineRole": role(
                    "dev-merge-machine", "states.amazonaws.com", *_machine_statements()
                ),
                "Machine": machine,
            },
            MachineArn=ref("Machine"),
            ApplicationId=ref("Application"),
        )
    }


def _job_statements(lake_stack):
    """What the job does: read its code and source, merge into its table, write its logs."""

    def lake_arn(path):
        return {"Fn::Join": ["", ["arn:aws:s3:::", weak(lake_stack, "LakeBucketName"), path]]}

    def arn(service, rest):
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"

    tables = ["catalog", "database/dev_health", "table/dev_health/totals"]
    write = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    group = arn("logs", "log-group:/aws/emr-serverless/p/dev/health:*")
    return [
        (["s3:GetObject"], f"arn:aws:s3:::{BUCKET}/*", lake_arn("/raw/*")),
        (["s3:ListBucket"], lake_arn(""), f"arn:aws:s3:::{BUCKET}"),
        (write, lake_arn("/wh/*"), lake_arn("/logs/*")),
        (
            ["glue:GetDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable"],
            *(arn("glue", each) for each in tables),
        ),
        (["glue:GetDatabase"], arn("glue", "catalog"), arn("glue", "database/default")),
        (logs, group),
        (["logs:DescribeLogGroups"], arn("logs", "log-group:*")),
    ]


def _machine_statements():
    runs = ["emr-serverless:GetJobRun", "emr-serverless:CancelJobRun"]
    application = {
        "Fn::Join": [
            "",
            [
                f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:/applications/",
                att("Application", "ApplicationId"),
            ],
        ]
    }
    every_run = {"Fn::Join": ["", [application, "/jobruns/*"]]}
    return [
        (["emr-serverless:StartJobRun"], application),
        (runs, every_run),
        (["iam:PassRole"], f"arn:aws:iam::{ACCOUNT}:role/dev-merge-job"),
    ]


def code_zip():
    import zipfile

    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as made:
        made.writestr("helper.py", HELPER)
    return body.getvalue()


ASSETS = {"main.py": MAIN.encode(), "code.zip": code_zip(), "env.tgz": archive()}
__all__ = ["ASSETS", "REGION", "jobs", "lake"]
