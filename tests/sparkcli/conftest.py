"""The fixtures of these tests; what they are made of is in cli_cloud.py."""

from cli_cloud import client, cloud, endpoint, ledger_row, machine, models, project, sparkrail
from cli_streams import clicks, control_file, pause_row, reconciler, stream_row
from cli_tables import bus, catalog, full_shop, glue, shop

__all__ = [
    "bus",
    "catalog",
    "clicks",
    "client",
    "cloud",
    "control_file",
    "endpoint",
    "full_shop",
    "glue",
    "ledger_row",
    "machine",
    "models",
    "pause_row",
    "project",
    "reconciler",
    "shop",
    "sparkrail",
    "stream_row",
]
