"""Micro-batches of a topic into a table, each exactly once."""
