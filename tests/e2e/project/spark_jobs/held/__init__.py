"""Adds up amounts while a file lets it."""
