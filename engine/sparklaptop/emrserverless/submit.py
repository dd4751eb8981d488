"""A StartJobRun request becomes a command on this computer: one pure function.

What the template says is kept. Rewritten are the master, endpoints, memory, the JVM's start flags
and paths that exist on EMR's image alone. spark-submit's last --conf wins, so ours come last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparklaptop.answers import Archive, Plan
from sparklaptop.emrserverless.requests import Request, Submission, normalised, submission

_IMAGE_PATHS = ("/usr/share/aws/", "local:///usr/share/aws/", "/usr/lib/", "local:///usr/lib/")
_PATH_LISTS = {
    "spark.jars": ",",
    "spark.driver.extraClassPath": ":",
    "spark.executor.extraClassPath": ":",
}
_IMAGE_CLASSES = ("com.amazonaws.glue.catalog.", "com.amazon.ws.emr.", "com.amazon.emr.")
_SERVICE = "spark.emr-serverless."
_DRIVER_ENV = f"{_SERVICE}driverEnv."
_EXECUTOR_ENV = "spark.executorEnv."
_CATALOGS = (
    "org.apache.iceberg.spark.SparkCatalog",
    "org.apache.iceberg.spark.SparkSessionCatalog",
)
# Short jobs end a third sooner when the JVM compiles with C1 alone (reference: ADR 0005).
_JVM_FLAGS = "-XX:TieredStopAtLevel=1"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A computer, as far as a plan needs to know it.

    Args:
        endpoint: Address of the laptop cloud.
        region: Its Region.
        spark_home: Folder of Spark.
        java_home: Folder of Java.
        jars: What Spark needs besides.
        python: Runs a job that has no archive.
        aws_config: An empty file, read in place of the user's own AWS settings.
        launcher: spark-submit.
        cores: For the run.
        memory_mib: Heap of the driver, in MiB.
        jvm_flags: More start flags of the JVM. Default: none.
        access_key: Lets the job in.
        secret_key: Lets the job in.
        inherited: Environment variables that the job sees as they are here.
    """

    endpoint: str
    region: str
    spark_home: Path
    java_home: Path
    jars: tuple[Path, ...]
    python: Path
    aws_config: Path
    launcher: tuple[str, ...]
    cores: int
    memory_mib: int
    jvm_flags: tuple[str, ...] = ()
    access_key: str = "laptop"
    secret_key: str = "laptop"
    inherited: Mapping[str, str] = field(default_factory=dict)


def plan(
    request: Request, *, application: Mapping[str, Any], machine: Machine, folder: Path
) -> Plan:
    """The command that runs a request here.

    Args:
        request: StartJobRun, in the API's spelling or in a state machine's.
        application: Its application, in the API's spelling.
        machine: This computer.
        folder: Where the run works.

    Raises:
        ValueError: The request holds what EMR Serverless refuses.
    """
    request = normalised(request)
    asked = submission(request, application)
    kept, dropped = _kept(asked.conf)
    overlay = _overlay(kept, machine, folder)
    conf = {**kept, **overlay}
    master = _master(machine, kept)
    argv = [*machine.launcher, "--master", master]
    argv += ["--name", str(request.get("name") or "job"), *asked.options]
    for key, value in conf.items():
        argv += ["--conf", f"{key}={value}"]
    argv += [asked.entry_point, *asked.arguments]
    changed = {key: value for key, value in overlay.items() if asked.conf.get(key) != value}
    return Plan(
        argv=tuple(argv),
        environment=_environment(asked, machine),
        archives=_archives(asked.conf),
        rewritten={"--master": master, **changed, **dropped},
        notes=_notes(asked, overlay),
    )


def _master(machine: Machine, conf: Mapping[str, str]) -> str:
    # local[N] alone would never try a failed task again, whatever the conf says. (Spark
    # documentation, master URLs; 4 is the default of spark.task.maxFailures.)
    failures = conf.get("spark.task.maxFailures", "4")
    return f"local[{machine.cores},{failures}]"


def _kept(conf: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    kept, dropped = {}, {}
    for key, value in conf.items():
        if key.startswith(_SERVICE) or key == "spark.archives":
            dropped[key] = "(done by the laptop cloud before the run starts)"
        elif value.startswith(_IMAGE_CLASSES):
            dropped[key] = "(a class of EMR's image)"
        elif key in _PATH_LISTS:
            separator = _PATH_LISTS[key]
            own = [path for path in value.split(separator) if not path.startswith(_IMAGE_PATHS)]
            if own:
                kept[key] = separator.join(own)
            else:
                dropped[key] = "(jars of EMR's image; the laptop has its own)"
        else:
            kept[key] = value
    return kept, dropped


def _overlay(kept: Mapping[str, str], machine: Machine, folder: Path) -> dict[str, str]:
    class_path = [kept.get("spark.driver.extraClassPath", ""), *map(str, machine.jars)]
    own_flags = kept.get("spark.driver.extraJavaOptions", "")
    flags = " ".join(filter(None, [own_flags, _JVM_FLAGS, *machine.jvm_flags]))
    overlay = {
        # Not in spark.jars: spark-submit itself reads s3:// before those exist.
        "spark.driver.extraClassPath": ":".join(filter(None, class_path)),
        "spark.driver.extraJavaOptions": flags,
        "spark.driver.memory": f"{machine.memory_mib}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(folder / "tmp"),
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": machine.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": machine.region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    }
    if "spark.ui.enabled" not in kept:
        overlay["spark.ui.enabled"] = "false"
    for key, value in kept.items():
        if value in _CATALOGS:
            overlay[f"{key}.glue.endpoint"] = machine.endpoint
            overlay[f"{key}.s3.endpoint"] = machine.endpoint
            overlay[f"{key}.s3.path-style-access"] = "true"
            overlay[f"{key}.client.region"] = machine.region
    return overlay


def _environment(asked: Submission, machine: Machine) -> dict[str, str]:
    own: dict[str, str] = {}
    for prefix in (_EXECUTOR_ENV, _DRIVER_ENV):
        own |= {
            key.removeprefix(prefix): value
            for key, value in asked.conf.items()
            if key.startswith(prefix)
        }
    return {
        **machine.inherited,
        "AWS_ACCESS_KEY_ID": machine.access_key,
        "AWS_CONFIG_FILE": str(machine.aws_config),
        "AWS_DEFAULT_REGION": machine.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": machine.endpoint,
        "AWS_REGION": machine.region,
        "AWS_SECRET_ACCESS_KEY": machine.secret_key,
        "AWS_SHARED_CREDENTIALS_FILE": str(machine.aws_config),
        "JAVA_HOME": str(machine.java_home),
        "PYSPARK_PYTHON": str(machine.python),
        # The launcher of an archive asks for it where EMR's own path does not exist.
        "SPARKRAIL_PYTHON": str(machine.python),
        "SPARK_HOME": str(machine.spark_home),
        # Everything that Spark opens stays on this computer.
        "SPARK_LOCAL_IP": "127.0.0.1",
        **own,
    }


def _archives(conf: Mapping[str, str]) -> tuple[Archive, ...]:
    found = []
    for entry in filter(None, conf.get("spark.archives", "").split(",")):
        uri, _, name = entry.partition("#")
        found.append(Archive(uri=uri, name=name or uri.rsplit("/", 1)[-1]))
    return tuple(found)


def _notes(asked: Submission, overlay: Mapping[str, str]) -> tuple[str, ...]:
    wanted = asked.conf.get("spark.driver.memory", "14G")
    notes = [f"driver memory {overlay['spark.driver.memory']} instead of {wanted}"]
    if "spark.archives" not in asked.conf:
        notes.append("no archive: the job sees Python's standard library and PySpark alone")
    return tuple(notes)
