"""The machine that works off plans of backfills, through the jobs' own machines."""
