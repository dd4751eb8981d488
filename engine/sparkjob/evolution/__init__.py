"""Bring a table to the shape of its contract, or say why that cannot be."""
