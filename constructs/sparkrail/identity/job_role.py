"""What a job may do: exactly what follows from its inputs, outputs and secrets, and `[iam]`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sparkmodel import Job
from sparkmodel.shared import LATE_SUFFIX, QUARANTINE_SUFFIX
from sparkrail.identity.arrivals_role import batches_prefix
from sparkrail.identity.kafka_statements import stream_statements, topics_statements
from sparkrail.identity.statements import Statement, allow, listing, use_key
from sparkrail.identity.stream_files import stream_file_statements
from sparkrail.packaging_assets.arguments import quarantine_table

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_READ = ("s3:GetObject",)
_WRITE = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts")


class _Prefix(NamedTuple):
    bucket: str
    prefix: str


def job_statements(job: Job, platform: Platform, *, code: Sequence[str]) -> list[Statement]:
    """Write the statements that follow from one job alone.

    Args:
        job: Names inputs, outputs, secrets and further permissions.
        platform: Gives buckets, keys and names.
        code: ARNs of the job's code.
    """
    return [
        allow("ReadCode", _READ, code),
        *_files(job, platform),
        *_batches(job, platform),
        *_catalog(job, platform),
        *(stream_file_statements(job, platform) if job.stream else _report(job, platform)),
        *(stream_statements(job, platform) if job.stream else ()),
        *(topics_statements(job, platform) if job.manages else ()),
        *_secrets(job, platform),
        *_further(job),
    ]


def team_job_statements(team: str, platform: Platform) -> list[Statement]:
    """Write the statements that every job of a team needs: logs, keys, Spark's own probe.

    Args:
        team: The team's name.
        platform: Gives buckets, keys and names.
    """
    default = [platform.names.arn("glue", each) for each in ("catalog", "database/default")]
    return [
        allow("ProbeDefaultDatabase", ["glue:GetDatabase", "glue:GetDatabases"], default),
        *_logs(team, platform),
        *_keys(platform),
    ]


def output_tables(job: Job) -> list[str]:
    """List the tables that a job writes, those beside its outputs too, as contracts call them."""
    quarantine = quarantine_table(job)
    tables = {output.table for output in job.outputs.values()}
    beside = {f"{table}{QUARANTINE_SUFFIX}" for table in job.maintains if not _is_late(table)}
    kept = {*job.maintains, *beside}
    late = {f"{table}{LATE_SUFFIX}" for table in tables if job.stream}
    return sorted(tables | kept | late | ({quarantine} if quarantine else set()))


def _is_late(table: str) -> bool:
    return table.endswith(LATE_SUFFIX)


def input_tables(job: Job) -> list[str]:
    """List the tables that a job only reads."""
    read = {source.table for source in job.inputs.values() if source.table}
    return sorted(read - set(output_tables(job)))


def warehouse_prefix(table: str) -> str:
    """Say where in the lake bucket the files of a table are.

    >>> warehouse_prefix("health.beds")
    'warehouse/health/beds/'
    """
    database, _, name = table.partition(".")
    return f"warehouse/{database}/{name}/"


def _files(job: Job, platform: Platform) -> Iterator[Statement]:
    names, lake = platform.names, platform.buckets.lake
    read = [
        *_paths(job, platform),
        *(_Prefix(lake, warehouse_prefix(t)) for t in input_tables(job)),
    ]
    written = [_Prefix(lake, warehouse_prefix(table)) for table in output_tables(job)]
    if read:
        arns = [names.bucket_arn(each.bucket, f"{each.prefix}*") for each in read]
        yield allow("ReadInputs", _READ, [*arns, *_folders(job, platform)])
    if written:
        arns = [names.bucket_arn(each.bucket, f"{each.prefix}*") for each in written]
        yield allow("WriteOutputs", [*_READ, "s3:PutObject", *_WRITE], arns)
    for index, bucket in enumerate(dict.fromkeys(each.bucket for each in [*read, *written])):
        prefixes = [each.prefix for each in [*read, *written] if each.bucket == bucket]
        yield listing(f"ListBucket{index}", names.bucket_arn(bucket), prefixes)


def _report(job: Job, platform: Platform) -> Iterator[Statement]:
    names, logs, reports = platform.names, platform.buckets.logs, f"reports/{job.name}/"
    yield allow("WriteReport", ["s3:PutObject"], [names.bucket_arn(logs, f"{reports}*")])
    yield listing("LookForReport", names.bucket_arn(logs), [reports])


def _batches(job: Job, platform: Platform) -> Iterator[Statement]:
    """A run that files started reads the list of them."""
    if job.trigger is None or job.trigger.kind != "files":
        return
    names, logs, prefix = platform.names, platform.buckets.logs, batches_prefix(job.name)
    yield allow("ReadBatches", _READ, [names.bucket_arn(logs, f"{prefix}*")])
    yield listing("ListBatches", names.bucket_arn(logs), [prefix])


def _folders(job: Job, platform: Platform) -> list[str]:
    """Hadoop asks for a folder first as if it were a file, `raw/hhs` for `raw/hhs/`."""
    return [
        platform.names.bucket_arn(each.bucket, each.prefix.rstrip("/"))
        for each in _paths(job, platform)
        if each.prefix.endswith("/") and each.prefix.rstrip("/")
    ]


def _paths(job: Job, platform: Platform) -> Iterator[_Prefix]:
    ours = {"raw": platform.buckets.raw}
    for _, source in sorted(job.inputs.items()):
        if source.path and source.path.startswith("s3://"):
            bucket, _, prefix = source.path.removeprefix("s3://").partition("/")
            yield _Prefix(bucket, prefix)
        elif source.path:
            bucket, _, prefix = source.path.partition("/")
            yield _Prefix(ours[bucket], prefix)


def _catalog(job: Job, platform: Platform) -> Iterator[Statement]:
    """Glue asks for catalog, database and table each."""
    written, read = output_tables(job), input_tables(job)
    if read or written:
        actions = ["glue:GetDatabase", "glue:GetTable"]
        yield allow("ReadCatalog", actions, _glue_arns([*read, *written], platform))
    if written:
        actions = ["glue:CreateTable", "glue:UpdateTable"] if job.outputs else ["glue:UpdateTable"]
        yield allow("WriteCatalog", actions, _glue_arns(written, platform))


def _glue_arns(tables: list[str], platform: Platform) -> list[str]:
    names = platform.names
    databases = sorted({table.partition(".")[0] for table in tables})
    found = (table.partition(".") for table in tables)
    return [
        names.arn("glue", "catalog"),
        *(names.arn("glue", f"database/{names.database(each)}") for each in databases),
        *(names.arn("glue", f"table/{names.database(base)}/{name}") for base, _, name in found),
    ]


def _logs(team: str, platform: Platform) -> Iterator[Statement]:
    """EMR Serverless writes logs with the job's role, below its own prefix."""
    names, logs = platform.names, platform.buckets.logs
    spark_logs = names.bucket_arn(logs, "emr/applications/*")
    yield allow("WriteSparkLogs", ["s3:GetObject", "s3:PutObject"], [spark_logs])
    yield listing("ListSparkLogs", names.bucket_arn(logs), ["emr/applications/"])
    write = ("AssociateKmsKey", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
    group = names.log_group_arn(names.driver_logs(team))
    yield allow("WriteDriverLogs", [f"logs:{each}" for each in write], [group])
    yield allow("FindLogGroups", ["logs:DescribeLogGroups"], [names.arn("logs", "log-group:*")])


def _keys(platform: Platform) -> Iterator[Statement]:
    names, keys = platform.names, platform.keys
    yield use_key("UseDataKey", keys.data, ["s3"], names=names)
    yield use_key("UseLogKey", keys.logs, ["s3", "logs"], names=names)
    application = {"StringLike": {"kms:EncryptionContext:applicationId": "*"}}
    actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    yield allow("EncryptDisks", actions, [keys.data], when=application)


def _secrets(job: Job, platform: Platform) -> Iterator[Statement]:
    """Secrets Manager appends six characters to a name, which the ARN must cover."""
    arns = [
        platform.names.arn("secretsmanager", f"secret:{name}-??????")
        for _, name in sorted(job.secrets.items())
    ]
    if arns:
        yield allow("ReadSecrets", ["secretsmanager:GetSecretValue"], arns)


def _further(job: Job) -> Iterator[Statement]:
    for index, statement in enumerate(job.iam):
        yield allow(f"Manifest{index}", statement.actions, statement.resources)
