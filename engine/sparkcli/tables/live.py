"""A table's shape as it is in the catalog, in the words of contracts."""

import json

from pyiceberg.table import Table

from sparkjob.evolution.live_table import LiveTable, live_table


def live_of(table: Table) -> LiveTable:
    """The table that PyIceberg has read, as contracts are compared with it."""
    return live_table(json.loads(table.metadata.model_dump_json()))
