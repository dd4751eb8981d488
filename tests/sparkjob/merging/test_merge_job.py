"""A job whose table is merged into: what its user is told."""

import pytest

from sparkjob.errors import ContractBroken


@pytest.mark.parametrize("sensitivity", [None, "personal"])
def test_a_key_that_a_run_brings_twice_is_named_with_what_to_do(make_job, csv_file, sensitivity):
    columns = {"id": {"type": "string", "required": True, "sensitivity": sensitivity}}
    columns["amount"] = {"type": "double"}
    job = make_job(write="merge", columns=columns, manifest={"inputs": {"sales": {"path": "raw/"}}})

    def main(run):
        rows = run.accept(run.read_csv("sales", required=["id", "amount"]))
        run.write("daily", rows.selectExpr("id", "CAST(amount AS double) AS amount"))

    job.run(main, key="k1", sales=csv_file("a,1", "b,2"))
    with pytest.raises(ContractBroken, match="break unique key id") as refused:
        job.run(main, key="k2", sales=csv_file("a,3", "a,4", "b,5", name="again.csv"))

    told = str(refused.value)
    shown = "(hidden)" if sensitivity else "a"
    assert f"for example id {shown}" in told
    assert sorted(row.amount for row in job.table("daily").collect()) == [1.0, 2.0]
