"""Whoever is killed at any step of publishing has done nothing that its retry does not mend."""

import pytest
from publishing_jobs import branches, job_of, rows_of, writes

from sparkjob.publishing import iceberg, publication, staging

pytestmark = pytest.mark.slow
BOTH = ("daily", "weekly")


class Killed(BaseException):
    """The process is gone; nothing catches it."""


def before(monkeypatch, place, name, *, calls=1):
    """Die before a step is done, the n-th time that it would be."""
    real, seen = getattr(place, name), []

    def dies(*args, **named):
        seen.append(name)
        if len(seen) == calls:
            raise Killed
        return real(*args, **named)

    monkeypatch.setattr(place, name, dies)


def after(monkeypatch, place, name, *, calls=1):
    """Die after a step is done, before anybody hears of it."""
    real, seen = getattr(place, name), []

    def dies(*args, **named):
        found = real(*args, **named)
        seen.append(name)
        if len(seen) == calls:
            raise Killed
        return found

    monkeypatch.setattr(place, name, dies)


POINTS = {
    "the branch is made": lambda patch: after(patch, staging, "_open_branch"),
    "the branch is written": lambda patch: after(patch, publication, "stage"),
    "the rows are audited": lambda patch: before(patch, publication, "commit"),
    "the rows are published": lambda patch: after(patch, publication, "commit"),
    "one of two is published": lambda patch: before(patch, publication, "commit", calls=2),
    "both are published": lambda patch: after(patch, publication, "commit", calls=2),
}


@pytest.mark.parametrize("write", ["append", "merge"])
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_when(spark, tmp_path, monkeypatch, point, write):
    job = job_of(spark, tmp_path, write, BOTH)
    job.run(writes(("a", 1.0), outputs=BOTH), key="monday")
    with monkeypatch.context() as patch:
        POINTS[point](patch)
        with pytest.raises(Killed):
            job.run(writes(("b", 2.0), outputs=BOTH), key="tuesday")

    job.run(writes(("b", 2.0), outputs=BOTH), key="tuesday", attempt=2)

    for name in BOTH:
        assert rows_of(job, name) == [("a", 1.0), ("b", 2.0)]
        assert branches(job, name) == []


@pytest.mark.parametrize("sign", ["CommitFailedException", "CommitStateUnknownException"])
def test_a_commit_whose_answer_was_lost_is_found(spark, tmp_path, monkeypatch, sign):
    job = job_of(spark, tmp_path, "append")
    real, lost = publication.commit, []

    def commit(spark, table, change):
        def loses(transaction):
            if not lost:
                lost.append(sign)
                change(transaction)
                transaction.commitTransaction()
                raise RuntimeError(sign)
            return change(transaction)

        return real(spark, table, loses)

    monkeypatch.setattr(publication, "commit", commit)

    ran = job.run(writes(("a", 1.0)))

    assert rows_of(job) == [("a", 1.0)]
    assert ran.report["outputs"]["daily"]["published"] == "fast-forward"


def test_an_older_attempt_that_still_runs_cannot_add_its_rows(spark, tmp_path, monkeypatch):
    job = job_of(spark, tmp_path, "append")
    job.run(writes(("a", 1.0)), key="monday")
    real, deeds = publication.commit, [1]

    def commit(session, table, change):
        if deeds:
            deeds.pop()
            job.run(writes(("b", 2.0)), key="tuesday", attempt=2)
        return real(session, table, change)

    monkeypatch.setattr(publication, "commit", commit)

    older = job.run(writes(("b", 2.0)), key="tuesday")

    assert rows_of(job) == [("a", 1.0), ("b", 2.0)]
    assert older.report["outputs"]["daily"]["published"] == "already"


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        ("org.apache.iceberg.exceptions.CommitFailedException: stale", iceberg.COMMITS),
        ("org.apache.iceberg.exceptions.CommitStateUnknownException: lost", iceberg.COMMITS),
        ("CommitFailedException: User: x is not authorized to perform: glue:UpdateTable", 1),
        ("Job aborted due to stage failure", 1),
    ],
)
def test_only_a_conflict_is_committed_again_and_not_for_ever(monkeypatch, error, tries):
    seen = []

    class Table:
        def newTransaction(self):
            seen.append(1)
            raise RuntimeError(error)

    monkeypatch.setattr(iceberg, "load", lambda *_: Table())
    monkeypatch.setattr(iceberg.time, "sleep", lambda _: None)

    with pytest.raises(RuntimeError, match=error.split(":")[0].rpartition(".")[2]):
        iceberg.commit(None, "t", lambda _: None)

    assert len(seen) == tries
