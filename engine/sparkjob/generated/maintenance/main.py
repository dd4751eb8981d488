"""Keeps a team's tables: what sparkrail itself runs as `maintenance_<team>`."""

import sparkjob
from sparkjob.maintenance.job import maintain

if __name__ == "__main__":
    sparkjob.run(maintain)
