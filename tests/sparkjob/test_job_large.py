"""Much more input than usual, nearly all of it of one key, is still counted to the last row."""

import pytest

pytestmark = pytest.mark.slow
ROWS, SHARE = 400_000, 10


def main(run):
    used = run.accept(run.read_csv("sales", required=["id", "amount"]))
    run.write("daily", used.groupBy("id").agg({"amount": "sum"}).toDF("id", "amount"))


@pytest.mark.failure_mode(34)
def test_a_large_skewed_file_is_counted_exactly(make_job, csv_file, observe):
    keys = ("one" if number % SHARE else f"k{number % 1000}" for number in range(ROWS))
    job = make_job()

    ran = job.run(main, sales=csv_file(*(f"{key},1" for key in keys)))

    table = {row["id"]: row["amount"] for row in job.spark.table(job.table_name("daily")).collect()}
    assert ran.rows["read"] == ran.rows["used"] == sum(table.values()) == ROWS
    assert table["one"] == ROWS * (SHARE - 1) / SHARE
    observe(
        happened=f"{ROWS} rows, {table['one'] / ROWS:.0%} of them of one key: all counted, in "
        f"{len(table)} groups",
        user_sees=f"read {ran.rows['read']} = used {ran.rows['used']} + excluded 0 + quarantined 0",
    )
