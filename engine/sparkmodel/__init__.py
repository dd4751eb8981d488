"""What jobs, tables and environments are, and the arithmetic about them; nothing of AWS.

`load_project` reads a project's TOML files into models and refuses what cannot be with every
problem at once. The same models can be built in Python.
"""

from sparkmodel.checks import check_job
from sparkmodel.column import Column
from sparkmodel.environment import Environment, Notify, Quotas, Team
from sparkmodel.iam import IamStatement
from sparkmodel.inputs import Input, Output
from sparkmodel.job import Interval, Job, Run
from sparkmodel.kafka import Kafka
from sparkmodel.maintenance import Maintenance, Retention
from sparkmodel.migration import Migration
from sparkmodel.network import Network
from sparkmodel.owners import owner_of
from sparkmodel.parameters import Parameter
from sparkmodel.problems import ManifestError, Problem
from sparkmodel.project import Project, load_project
from sparkmodel.releases import DEFAULT_RELEASE, RELEASES, Release, release
from sparkmodel.sizing import SIZES, Worker
from sparkmodel.spark import Spark
from sparkmodel.stream import Stream
from sparkmodel.table import Table
from sparkmodel.table_checks import Check
from sparkmodel.topic import Topic
from sparkmodel.trigger import Trigger

__all__ = [
    "DEFAULT_RELEASE",
    "RELEASES",
    "SIZES",
    "Check",
    "Column",
    "Environment",
    "IamStatement",
    "Input",
    "Interval",
    "Job",
    "Kafka",
    "Maintenance",
    "ManifestError",
    "Migration",
    "Network",
    "Notify",
    "Output",
    "Parameter",
    "Problem",
    "Project",
    "Quotas",
    "Release",
    "Retention",
    "Run",
    "Spark",
    "Stream",
    "Table",
    "Team",
    "Topic",
    "Trigger",
    "Worker",
    "check_job",
    "load_project",
    "owner_of",
    "release",
]
