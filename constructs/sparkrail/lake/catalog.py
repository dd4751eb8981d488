"""Glue databases of the tables that have contracts."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import RemovalPolicy
from aws_cdk import aws_glue as glue
from constructs import Construct

from sparkmodel import Table
from sparkrail.names import Names


class Catalog(Construct):
    """One Glue database for each database of the contracts. Tables are made by the jobs.

    Args:
        tables: Contracts.
        warehouse: URI below which the files of tables are.
        names: Of the environment.
    """

    def __init__(
        self, scope: Construct, id_: str, *, tables: Iterable[Table], warehouse: str, names: Names
    ) -> None:
        super().__init__(scope, id_)
        for database in sorted({table.database for table in tables}):
            resource = glue.CfnDatabase(
                self,
                database,
                catalog_id=names.environment.account,
                database_input=glue.CfnDatabase.DatabaseInputProperty(
                    name=names.database(database), location_uri=f"{warehouse}/{database}"
                ),
            )
            resource.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
