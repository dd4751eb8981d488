"""Whatever two contracts say, a table goes from one to the other, or a person is told why not."""

from collections import Counter

from evolution_model import applied, live_of
from hypothesis import given, settings
from hypothesis import strategies as st
from random_contracts import Pair

from sparkjob.evolution.differences import differences

seeds = st.integers(0, 2**32)
seen = Counter()


@settings(max_examples=1000, deadline=None)
@given(seeds)
def test_a_table_goes_from_one_contract_to_another_or_a_person_is_told(seed):
    pair = Pair(seed)
    live = live_of(pair.old, written=pair.written)

    plan = differences(pair.new, live)

    seen["refused" if plan.refusals else "changed" if plan.changes else "equal"] += 1
    if plan.refusals:
        assert not plan.changes
        for each in plan.refusals:
            assert each.column
            assert each.what
            assert each.why
            assert each.choices
            assert str(each).startswith(f"{each.column}: ")
    else:
        after = applied(plan.changes, live)
        again = differences(pair.new, after)
        assert (again.changes, again.refusals) == ((), ())


def test_chance_finds_both_ends():
    for seed in range(200):
        plan = differences(Pair(seed).new, live_of(Pair(seed).old, written=Pair(seed).written))
        seen["refused" if plan.refusals else "changed"] += 1

    assert min(seen["refused"], seen["changed"]) > 40


@settings(max_examples=300, deadline=None)
@given(seeds)
def test_a_table_that_keeps_its_contract_needs_nothing(seed):
    contract = Pair(seed).old

    plan = differences(contract, live_of(contract))

    assert (plan.changes, plan.refusals, plan.older) == ((), (), False)


@settings(max_examples=300, deadline=None)
@given(seeds)
def test_an_older_release_changes_nothing(seed):
    pair = Pair(seed)
    live = live_of(pair.old)
    plan = differences(pair.new, live)
    if plan.refusals or pair.old.digest == pair.new.digest:
        return

    found = differences(pair.old, applied(plan.changes, live))

    assert found.older
    assert found.changes == ()
