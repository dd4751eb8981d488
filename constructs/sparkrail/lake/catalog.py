"""Glue databases of the tables that have contracts."""

from __future__ import annotations

from collections.abc import Iterable

from constructs import Construct

from sparkmodel import Table
from sparkrail.fragment import include, kept
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
        databases = sorted({table.database for table in tables})
        include(
            self,
            {
                _logical_id(database): kept(
                    "AWS::Glue::Database",
                    {
                        "CatalogId": names.environment.account,
                        "DatabaseInput": {
                            "Name": names.database(database),
                            "LocationUri": f"{warehouse}/{database}",
                        },
                    },
                )
                for database in databases
            },
        )


def _logical_id(database: str) -> str:
    """Turn a database's name into a logical id, which may hold no `_`."""
    return f"Database{database.replace('_', '0x5f').capitalize()}"
