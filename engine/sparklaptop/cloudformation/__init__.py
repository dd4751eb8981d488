"""Stacks: templates in, resources out."""
