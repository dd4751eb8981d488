"""Sales per day."""
