"""Buckets and databases."""
