"""The Glue catalog of an environment, and the tables in it by the names of their contracts."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError
from pyiceberg.table import Table

from sparkcli.cloud import LAPTOP_KEY, Cloud
from sparkcli.errors import CallError, OperationError, unknown
from sparkcli.workspace import Workspace


@dataclass(frozen=True)
class Tables:
    """The tables of one environment.

    Args:
        cloud: Where they are.
        contracts: Names of the tables that the project has contracts for, such as
            `health.state_month`.
    """

    cloud: Cloud
    contracts: frozenset[str]

    @classmethod
    def of(cls, cloud: Cloud, workspace: Workspace) -> "Tables":
        """The tables of a workspace's environment."""
        return cls(cloud, frozenset(workspace.project.tables))

    @cached_property
    def catalog(self) -> Catalog:
        """The Glue catalog."""
        logging.getLogger("pyiceberg").setLevel(logging.ERROR)
        properties = {"type": "glue", "glue.region": self.cloud.environment.region}
        properties["s3.region"] = self.cloud.environment.region
        if self.cloud.endpoint:
            for service in ("glue", "s3"):
                properties[f"{service}.endpoint"] = self.cloud.endpoint
                properties[f"{service}.access-key-id"] = LAPTOP_KEY
                properties[f"{service}.secret-access-key"] = LAPTOP_KEY
            properties["s3.force-virtual-addressing"] = "False"
        return load_catalog("lake", **properties)

    def identifier(self, name: str) -> tuple[str, str]:
        """Glue database and table of `name`, which is `database.table`.

        Raises:
            CallError: The name has no database.
        """
        database, dot, table = name.partition(".")
        if not (dot and database and table):
            known = self.contracts | self.written(self._databases())
            raise unknown("table", name, known, where="; write it as database.table")
        return self.cloud.names.glue_database(database), table

    def load(self, name: str) -> Table:
        """The table called `name`.

        Raises:
            CallError: There is no such table.
            OperationError: It has a contract but no run has written it yet, or it was dropped.
        """
        identifier = self.identifier(name)
        try:
            return self.catalog.load_table(identifier)
        except (NoSuchTableError, NoSuchNamespaceError):
            raise self._missing(name) from None

    def written(self, databases: Iterable[str]) -> frozenset[str]:
        """Names of all tables of these databases, which are named as contracts name them."""
        found: set[str] = set()
        for database in databases:
            try:
                listed = self.catalog.list_tables(self.cloud.names.glue_database(database))
            except NoSuchNamespaceError:
                continue
            found |= {f"{database}.{identifier[-1]}" for identifier in listed}
        return frozenset(found)

    def all_names(self) -> frozenset[str]:
        """Names of all tables that the environment has, with a contract or without."""
        prefix = self.cloud.environment.database_prefix
        listed = (each[-1] for each in self.catalog.list_namespaces())
        ours = {each.removeprefix(prefix) for each in listed if each.startswith(prefix)}
        return self.written(sorted(ours))

    def _databases(self) -> set[str]:
        return {name.partition(".")[0] for name in self.contracts}

    def _missing(self, name: str) -> CallError | OperationError:
        if name in self.contracts:
            return OperationError(
                f"{name} has a contract, but no run has written it yet.",
                next_command="./sparkrail runs",
            )
        return unknown("table", name, self.contracts | self.written(self._databases()))
