"""Roles for the tables that Glue's own optimizers keep."""

from __future__ import annotations

from collections.abc import Iterable

from constructs import Construct

from sparkmodel import Table
from sparkrail.fragment import Resource, Resources, include
from sparkrail.identity.optimizer_role import optimizer_statements, optimizer_trust
from sparkrail.identity.statements import managed_policy, role
from sparkrail.names import Names

BY_GLUE = "glue"


class OptimizerRoles(Construct):
    """A role for each table whose contract says `maintenance.by = "glue"`.

    The optimizers themselves are switched on by command, once the table is there: Glue makes none
    for a table that does not exist, and a table exists from the first run of its job on, which no
    deploy can wait for. (docs/adr/0020-one-owner-of-upkeep.md.)

    Args:
        tables: Contracts. Those that somebody else keeps get nothing.
        lake_bucket: Name of the bucket with the tables' files.
        data_key: ARN of the key of these files.
        names: Of the environment.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        tables: Iterable[Table],
        lake_bucket: str,
        data_key: str,
        names: Names,
    ) -> None:
        super().__init__(scope, id_)
        resources: dict[str, Resource] = {}
        for table in sorted(tables, key=lambda each: each.name):
            if table.maintenance.by == BY_GLUE:
                statements = optimizer_statements(
                    table.name, names=names, lake_bucket=lake_bucket, data_key=data_key
                )
                resources |= _role(table.name, statements, names)
        if resources:
            include(self, resources)


def _role(table: str, statements: list[dict[str, object]], names: Names) -> Resources:
    suffix = table.replace("_", "0x5f").replace(".", "0x2e")
    return {
        f"OptimizerPolicy{suffix}": managed_policy(
            f"What Glue's optimizers of {table} may do", statements
        ),
        f"OptimizerRole{suffix}": role(
            names.optimizer_role(table),
            trust_policy=optimizer_trust(names),
            policies=[{"Ref": f"OptimizerPolicy{suffix}"}],
        ),
    }
