"""Where data lives. Stateful: no deploy ever deletes a bucket or a database."""

from collections.abc import Mapping
from functools import partial

from aws_cdk import Stack
from constructs import Construct

from sparkmodel import Table
from sparkrail.lake.catalog import Catalog
from sparkrail.lake.data_bucket import DataBucket, expire
from sparkrail.lake.optimizer import OptimizerRoles
from sparkrail.names import Names
from sparkrail.outputs import publish, published
from sparkrail.settings import stack_settings


class LakeStack(Stack):
    """Buckets and Glue databases of an environment."""

    def __init__(self, scope: Construct, *, names: Names, tables: Mapping[str, Table]) -> None:
        settings = stack_settings("lake", "Buckets and databases", names=names)
        super().__init__(scope, "lake", **settings)
        access_logs = published(names, "base", "AccessLogsBucketName")
        data_key = published(names, "base", "DataKeyArn")
        log_key = published(names, "base", "LogKeyArn")
        bucket = partial(DataBucket, self, key_arn=data_key, access_logs=access_logs, names=names)
        self.raw = bucket(id_="Raw", noncurrent_days=90)
        self.lake = bucket(id_="Lake", noncurrent_days=30)
        self.checkpoints = bucket(id_="Checkpoints", noncurrent_days=7)
        self.logs = DataBucket(
            self,
            "Logs",
            key_arn=log_key,
            access_logs=access_logs,
            names=names,
            noncurrent_days=7,
            rules=[expire("emr/", days=names.environment.log_retention_days)],
        )
        warehouse = f"s3://{self.lake.bucket_name}/warehouse"
        Catalog(self, "Catalog", tables=tables.values(), warehouse=warehouse, names=names)
        OptimizerRoles(
            self,
            "Optimizers",
            tables=tables.values(),
            lake_bucket=self.lake.bucket_name,
            data_key=data_key,
            names=names,
        )
        publish(
            self,
            RawBucketName=self.raw.bucket_name,
            LakeBucketName=self.lake.bucket_name,
            CheckpointsBucketName=self.checkpoints.bucket_name,
            LogsBucketName=self.logs.bucket_name,
        )
