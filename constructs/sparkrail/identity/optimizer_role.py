"""What Glue's optimizers may do with one table."""

from __future__ import annotations

from sparkrail.fragment import Properties
from sparkrail.identity.job_role import warehouse_prefix
from sparkrail.identity.statements import Statement, allow, trust, use_key
from sparkrail.names import Names

LOG_GROUPS = ("iceberg-compaction", "iceberg-retention", "iceberg-orphan-file-deletion")
"""Where Glue writes what each optimizer did: /aws-glue/<one of these>/logs. (Glue guide, table
optimizer prerequisites.)"""


def optimizer_statements(
    table: str, *, names: Names, lake_bucket: str, data_key: str
) -> list[Statement]:
    """Write what rewriting and deleting the files of one table takes.

    Args:
        table: Its name, as contracts call it.
        names: Of the environment.
        lake_bucket: Name of the bucket with its files.
        data_key: ARN of the key of its files.
    """
    database, _, name = table.partition(".")
    files, glue = warehouse_prefix(table), names.database(database)
    objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    below = {"StringLike": {"s3:prefix": [files.rstrip("/"), f"{files}*"]}}
    catalog = ("catalog", f"database/{glue}", f"table/{glue}/{name}")
    logs = [names.log_group_arn(f"/aws-glue/{each}/logs") for each in LOG_GROUPS]
    write_logs = ("CreateLogGroup", "CreateLogStream", "PutLogEvents")
    return [
        allow("KeepFiles", objects, [names.bucket_arn(lake_bucket, f"{files}*")]),
        allow("ListFiles", ["s3:ListBucket"], [names.bucket_arn(lake_bucket)], when=below),
        allow(
            "KeepTable",
            ["glue:GetTable", "glue:UpdateTable"],
            [names.arn("glue", each) for each in catalog],
        ),
        allow("WriteLogs", [f"logs:{each}" for each in write_logs], logs),
        use_key("UseDataKey", data_key, ["s3"], names=names),
    ]


def optimizer_trust(names: Names) -> Properties:
    """Let Glue take the role, on behalf of this account."""
    return trust("glue.amazonaws.com", names=names, source_arn=names.arn("glue", "*"))
