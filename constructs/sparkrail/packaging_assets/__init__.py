"""A job's code as assets, and what spark-submit is told about them."""
