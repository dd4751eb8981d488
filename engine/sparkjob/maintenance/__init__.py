"""Upkeep of Iceberg tables: few and large files, short history, nothing that nobody knows.

Every step is one commit or none, so it can be killed at any point and run again, and stands back
when a writer was faster.
"""
