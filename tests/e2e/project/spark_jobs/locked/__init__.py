"""Tells what a job with locked packages can import."""
