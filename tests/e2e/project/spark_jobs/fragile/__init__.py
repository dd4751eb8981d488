"""Adds up amounts by currency, with a mistake in it."""
