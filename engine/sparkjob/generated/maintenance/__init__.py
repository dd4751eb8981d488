"""Keeps a team's tables."""
