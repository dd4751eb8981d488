"""Adds up amounts on Spark 4."""
