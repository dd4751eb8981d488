"""`down` keeps what is there; only `--forget` drops it."""

import json


def test_down_says_that_everything_is_kept_and_forget_that_it_is_gone(sparkrail, cloud):
    stopped = sparkrail("down")
    dropped = sparkrail("down", "--forget", "--json")

    assert "are kept" in stopped.out + stopped.err
    assert json.loads(dropped.out) == {"environment": "dev", "stopped": False, "forgotten": True}
