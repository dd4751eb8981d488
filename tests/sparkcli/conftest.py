"""The fixtures of these tests; what they are made of is in cli_cloud.py."""

from cli_cloud import client, cloud, endpoint, ledger_row, machine, models, project, sparkrail
from cli_tables import bus, catalog, full_shop, glue, shop

__all__ = [
    "bus",
    "catalog",
    "client",
    "cloud",
    "endpoint",
    "full_shop",
    "glue",
    "ledger_row",
    "machine",
    "models",
    "project",
    "shop",
    "sparkrail",
]
