"""The fixtures of these tests; what they are made of is in cli_cloud.py."""

from cli_cloud import client, cloud, endpoint, ledger_row, machine, project, sparkrail

__all__ = ["client", "cloud", "endpoint", "ledger_row", "machine", "project", "sparkrail"]
