"""Jobs that sparkrail makes itself; each folder is a job's, as in spark_jobs."""
