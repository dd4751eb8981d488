"""A newer release evolves a table between the moment at which a run writes and its publication."""

import pytest
from publishing_jobs import COLUMNS, before_publishing, job_of, rows_of, writes

from sparkjob.contracts import parse_contract
from sparkjob.errors import ContractBroken
from sparkjob.evolution.prepare import prepare


def newer_release(job, **said):
    """What the next release's run does first."""
    contract = parse_contract(
        {"name": "sales.daily", "write": "append", "columns": COLUMNS, **said}
    )
    return lambda: prepare(job.spark, job.table_name("daily"), contract)


@pytest.mark.slow
def test_rows_are_written_anew_for_the_columns_that_are_there_now(spark, tmp_path, monkeypatch):
    job = job_of(spark, tmp_path, "append")
    job.run(writes(("a", 1.5)), key="monday")
    newer = {**COLUMNS, "note": {"type": "string"}}
    before_publishing(monkeypatch, newer_release(job, columns=newer))

    job.run(writes(("b", 2.5)), key="tuesday")

    assert rows_of(job) == [("a", 1.5), ("b", 2.5)]
    assert "note" in job.table("daily").columns


@pytest.mark.slow
def test_no_value_is_lost_in_a_column_that_became_narrower(spark, tmp_path, monkeypatch):
    job = job_of(spark, tmp_path, "append")
    job.run(writes(("a", 1.5)), key="monday")
    newer = {**COLUMNS, "amount": {"type": "float", "required": True}}
    narrow = [{"narrow": "amount", "reason": "halves only"}]
    before_publishing(monkeypatch, newer_release(job, columns=newer, migrations=narrow))

    with pytest.raises(ContractBroken, match="amount: is float in the table"):
        job.run(writes(("b", 2.5)), key="tuesday")

    assert rows_of(job) == [("a", 1.5)]
