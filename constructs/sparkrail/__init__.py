"""A folder with a PySpark job becomes a pipeline on EMR Serverless: the constructs.

platform = Platform.of(environment, tables=project.tables)
SparkJob(self, job.name, job=job, platform=platform)
"""

# ruff: noqa: E402
from sparkrail.node import choose_node

choose_node()

from sparkrail.jobs.application import Application
from sparkrail.jobs.spark_job import SparkJob
from sparkrail.names import Names
from sparkrail.packaging_assets.pyspark_package import PySparkPackage
from sparkrail.platform import Platform

__all__ = ["Application", "Names", "Platform", "PySparkPackage", "SparkJob"]
