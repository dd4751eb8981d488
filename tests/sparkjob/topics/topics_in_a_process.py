"""A Spark that makes topics as each line of its input says, and answers in one line of JSON.

python topics_in_a_process.py CLASS_PATH BROKERS
"""

import contextlib
import io
import json
import sys

from pyspark.sql import SparkSession

from sparkjob.arguments import parse_arguments
from sparkjob.contracts import parse_contracts
from sparkjob.entry import execute
from sparkjob.job_run import Run
from sparkjob.topics.client import Topics
from sparkjob.topics.job import make_topics

ANSWER = "ANSWER "


def _session(jars):
    return (
        SparkSession.builder.master("local[1]")
        .config("spark.driver.extraClassPath", jars)
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "512m")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )


def _made(spark, brokers, asked):
    given = ["--job", "topics_sales", "--parameter", f"task={asked['task']}"]
    arguments = parse_arguments([*given, *(["--brokers", brokers] if brokers else [])], script="x")
    run = Run(spark, arguments=arguments, contracts=parse_contracts({"topics": asked["topics"]}))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        execute(make_topics, run, arguments)
    return {**run.report.document(), "printed": printed.getvalue()}


def _created_twice(spark, brokers, asked):
    """What two runs do that planned the same before either of them did it."""
    topics = Topics(spark, {"bootstrap.servers": brokers})
    [contract] = parse_contracts({"topics": asked["topics"]}).topics.values()
    topics.create(contract)
    topics.create(contract)
    found = topics.actual([contract.name])
    topics.close()
    return {"partitions": found[contract.name].partitions}


def main():
    jars, brokers = sys.argv[1:]
    spark = _session(jars)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["task"] == "create twice":
            answer = _created_twice(spark, brokers, asked)
        else:
            answer = _made(spark, asked.get("brokers", brokers), asked)
        print(f"{ANSWER}{json.dumps(answer)}", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
