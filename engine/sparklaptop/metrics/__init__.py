"""Metrics made of log lines, and the alarms on them."""
