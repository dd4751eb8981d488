"""The command `sparkrail`: a client of whichever cloud, and tools on a job's sources."""
