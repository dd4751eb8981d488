"""Makes a team's topics: what sparkrail itself runs as `topics_<team>`."""

import sparkjob
from sparkjob.topics.job import make_topics

if __name__ == "__main__":
    sparkjob.run(make_topics)
