"""What was acknowledged is there after a SIGKILL at any moment."""

import os
import sqlite3

import pytest
from killing import Items, kill_again_and_again

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("SPARKRAIL_KILLS", "3"))
SEED = 20261121


def test_nothing_that_was_acknowledged_is_lost(cloud, capsys):
    result = kill_again_and_again(cloud, kills=KILLS, seed=SEED, between=(0.5, 1.5))

    with capsys.disabled():
        total = sum(result.acknowledged.values())
        print(f"\n{KILLS} kills, {total} acknowledged writes, {len(result.lost)} lost")
    assert result.lost == []
    assert result.changed_ids == 0
    assert result.refused == []
    assert min(result.acknowledged.values()) > 0


def test_a_loss_would_be_noticed(cloud):
    writer = Items(cloud, SEED)
    while writer.told.get("i1") is None:
        writer.number += 1
        writer.write()
    cloud.kill()
    with sqlite3.connect(cloud.laptop.state / "laptop.sqlite") as database:
        gone = database.execute("delete from row where kind = 'item' and key like '%i1%'").rowcount

    cloud.start()

    assert gone >= 1
    assert "i1" in [key for _, key, found, _ in writer.lost() if found is None]
