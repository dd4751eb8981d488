"""What expires is decided from the history alone: nothing that somebody may still need."""

import pytest

from sparkjob.maintenance.history import (
    MAIN,
    STREAM_DAYS,
    History,
    Keep,
    Ref,
    Snapshot,
    decide,
    replaced_ms,
)

DAY = 24 * 60 * 60 * 1000
NOW = 1000 * DAY


def history(*days, refs=(), published=None, more=(), streams=None):
    """A main branch whose snapshots 1, 2, ... were committed so many days ago, oldest first."""
    snapshots = {
        number: Snapshot(number, number - 1 or None, NOW - ago * DAY, (streams or {}).get(number))
        for number, ago in enumerate(days, 1)
    }
    snapshots |= {each.id: each for each in more}
    log = tuple((snapshots[number].committed_ms, number) for number in range(1, len(days) + 1))
    main = Ref(MAIN, "BRANCH", len(days))
    return History(snapshots, published if published is not None else log, (main, *refs))


def gone(past, *, days=7, snapshots=1, holds=None):
    return decide(past, Keep(days, snapshots, holds or {}), now_ms=NOW)


def test_age_counts_from_when_another_took_the_place():
    # 1 was current for a year, until two days ago: whoever reads it began two days ago at most.
    past = history(365, 2, 1)

    assert gone(past).snapshots == ()


def test_what_was_replaced_long_ago_goes():
    assert gone(history(365, 300, 2)).snapshots == (1,)


def test_as_many_snapshots_stay_as_the_contract_says():
    past = history(100, 90, 80, 70, 60)

    assert gone(past, snapshots=3).snapshots == (1, 2)
    assert gone(past, snapshots=20).snapshots == ()


def test_a_branch_that_was_published_late_replaced_main_when_it_was_published():
    # 3 and 4 were committed on a branch 20 days ago, and published yesterday, in one step.
    past = history(30, 29, 20, 20, published=((NOW - 30 * DAY, 1), (NOW - 29 * DAY, 2),
                                              (NOW - DAY, 4)))  # fmt: skip

    assert replaced_ms(past)[2] == NOW - DAY
    assert gone(past).snapshots == (1,)


def test_a_history_log_that_was_cut_errs_on_the_side_of_keeping():
    past = history(30, 29, 3, published=((NOW - 3 * DAY, 3),))

    assert gone(past).snapshots == ()
    assert gone(past, days=2).snapshots == (1, 2)


def test_what_was_rolled_back_goes_once_it_is_as_old_as_anything_else():
    # 3 was current from day 20 to day 9, then 2 became current again.
    rolled_back = Snapshot(3, 2, NOW - 20 * DAY)
    log = tuple((NOW - ago * DAY, id_) for ago, id_ in ((30, 1), (29, 2), (20, 3), (9, 2)))
    past = history(30, 29, published=log, more=[rolled_back])

    assert gone(past).snapshots == (1, 3)
    assert gone(past, days=10).snapshots == (1,)


def test_a_staged_snapshot_that_no_branch_has_stays_as_long_as_anything_else():
    staged = Snapshot(9, 1, NOW - 6 * DAY)

    assert gone(history(100, 90, more=[staged])).snapshots == (1,)
    assert gone(history(100, 90, more=[staged]), days=5).snapshots == (1, 9)


def test_a_tag_keeps_its_snapshot():
    past = history(100, 90, 80, refs=[Ref("year_end", "TAG", 1)])

    assert gone(past).snapshots == (2,)


def test_a_branch_keeps_its_own_snapshots_and_what_it_was_made_from():
    own = [Snapshot(11, 2, NOW - 85 * DAY), Snapshot(12, 11, NOW - 84 * DAY)]
    past = history(100, 90, 80, refs=[Ref("run_a", "BRANCH", 12)], more=own)

    assert gone(past).snapshots == (1,)


def test_a_run_branch_goes_after_its_own_days_and_its_snapshots_with_it():
    own = Snapshot(11, 2, NOW - 8 * DAY)
    past = history(100, 90, 80, refs=[Ref("run_a", "BRANCH", 11, 7 * DAY)], more=[own])

    decision = gone(past)

    assert decision.refs == ("run_a",)
    assert decision.snapshots == (1, 2, 11)


def test_a_run_branch_stays_until_then():
    own = Snapshot(11, 2, NOW - 6 * DAY)
    past = history(100, 90, 80, refs=[Ref("run_a", "BRANCH", 11, 7 * DAY)], more=[own])

    assert gone(past, days=1).refs == ()
    assert gone(past, days=1).snapshots == (1,)


def test_a_hold_keeps_its_snapshot_and_everything_after_it():
    past = history(100, 90, 80, 70, 60)

    decision = gone(past, holds={"stream_a": 3})

    assert decision.snapshots == (1, 2)
    assert decision.kept_by == {"reader stream_a": 2}


def test_a_hold_keeps_what_came_after_it_even_where_clocks_disagree():
    # 3 says that it is older than 2, its own parent.
    past = history(100, 80, 90, 70, 60)

    assert gone(past, holds={"stream_a": 2}).snapshots == (1,)


def test_a_hold_on_what_is_not_there_stops_expiry():
    decision = gone(history(100, 90, 80), holds={"gone": 77, "there": 3})

    assert decision.snapshots == ()
    assert decision.lost == ("gone",)


def test_what_a_stream_looks_back_to_stays_with_all_between():
    past = history(29, 28, 27, 26, 25, streams={1: "a", 2: "a", 3: None})

    decision = gone(past)

    assert decision.snapshots == (1,)
    assert decision.kept_by == {"stream a": 3}


def test_a_stream_that_is_gone_for_good_keeps_nothing():
    past = history(STREAM_DAYS + 2, STREAM_DAYS + 1, 25, 24, streams={1: "a", 2: "a"})

    assert gone(past).snapshots == (1, 2, 3)


def test_a_table_that_nobody_ever_wrote_has_nothing_to_expire():
    assert gone(History({}, (), ())).snapshots == ()


@pytest.mark.parametrize("count", [1, 2, 50])
def test_the_newest_snapshot_never_goes(count):
    past = history(*range(1000, 1000 - count, -1))

    assert count not in gone(past, days=1).snapshots
