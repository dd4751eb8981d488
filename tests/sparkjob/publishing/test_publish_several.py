"""A run with several outputs publishes all that is fine, and says what it did."""

import pytest
from publishing_jobs import branches, job_of, rows_of, writes

from sparkjob.errors import ContractBroken, NotPublished
from sparkjob.publishing import publication

BOTH = ("daily", "weekly")


def break_second(monkeypatch, error):
    """Let the publishing of `weekly` fail."""
    real = publication.Publication.publish

    def publish(self):
        if self.output.name == "weekly":
            raise error
        return real(self)

    monkeypatch.setattr(publication.Publication, "publish", publish)


def test_no_output_is_published_if_one_of_them_fails_its_audit(spark, tmp_path):
    job = job_of(spark, tmp_path, "append", BOTH, checks=[{"rows": {"max": 1}}])

    def main(run):
        writes(("a", 1.0))(run)
        writes(("a", 1.0), ("b", 2.0), outputs=("weekly",))(run)

    with pytest.raises(ContractBroken, match="weekly breaks its contract"):
        job.run(main)

    assert rows_of(job) == []
    assert job.report()["outputs"] == {}


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (RuntimeError("the network is gone"), True),
        (RuntimeError("User: x is not authorized to perform: glue:UpdateTable"), False),
    ],
)
def test_a_run_that_breaks_half_way_says_what_is_published(
    spark, tmp_path, monkeypatch, error, retryable
):
    job = job_of(spark, tmp_path, "append", BOTH)
    break_second(monkeypatch, error)

    with pytest.raises(NotPublished) as broken:
        job.run(writes(("a", 1.0), outputs=BOTH))

    daily, weekly = job.table_name("daily"), job.table_name("weekly")
    assert str(error) in str(broken.value)
    assert f"Published: {daily}.\nNot published: {weekly}." in str(broken.value)
    report = job.report()
    assert list(report["outputs"]) == ["daily"]
    assert report["error"]["retryable"] is retryable


@pytest.mark.slow
def test_a_further_attempt_publishes_the_rest_and_nothing_twice(spark, tmp_path, monkeypatch):
    job = job_of(spark, tmp_path, "append", BOTH)
    break_second(monkeypatch, RuntimeError("the network is gone"))
    with pytest.raises(NotPublished):
        job.run(writes(("a", 1.0), outputs=BOTH))
    monkeypatch.undo()

    ran = job.run(writes(("a", 1.0), outputs=BOTH), attempt=2)

    assert [rows_of(job, name) for name in BOTH] == [[("a", 1.0)], [("a", 1.0)]]
    assert [branches(job, name) for name in BOTH] == [[], []]
    how = {name: found["published"] for name, found in ran.report["outputs"].items()}
    assert how == {"daily": "already", "weekly": "fast-forward"}
