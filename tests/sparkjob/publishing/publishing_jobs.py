"""Jobs with one or two outputs, and what happens to their tables between two steps of a run."""

import itertools

from sparkjob.job_runner import JobFolder, JobRunner
from sparkjob.publishing import publication

_numbers = itertools.count(1)
SCHEMA = "id string, amount double"
COLUMNS = {
    "id": {"type": "string", "required": True},
    "amount": {"type": "double", "required": True},
}
CONTRACTS = {
    "replace": {},
    "append": {},
    "merge": {"key": ["id"]},
    "overwrite_partitions": {"partition": ["id"]},
}


def job_of(spark, folder, write, outputs=("daily",), *, manifest=None, **contract):
    """A job whose outputs have contracts of one write mode."""
    table = {"write": write, "columns": COLUMNS, **CONTRACTS[write], **contract}
    tables = {f"sales.{name}": {**table, "name": f"sales.{name}"} for name in outputs}
    named = {name: {"table": f"sales.{name}"} for name in outputs}
    return JobRunner(
        spark,
        folder=JobFolder(folder, {"outputs": named, **(manifest or {})}, tables),
        reports=folder / "reports",
        prefix=f"publish{next(_numbers)}_",
    )


def writes(*rows, outputs=("daily",)):
    """A main function that writes the same rows to each output."""

    def main(run):
        for name in outputs:
            run.write(name, run.spark.createDataFrame(rows, SCHEMA))

    return main


def rows_of(job, output="daily"):
    return sorted((row["id"], row["amount"]) for row in job.table(output).collect())


def branches(job, output="daily"):
    """The names of what is beside main."""
    refs = job.spark.table(f"{job.table_name(output)}.refs").collect()
    return sorted(row["name"] for row in refs if row["name"] != "main")


def before_publishing(monkeypatch, *deeds):
    """Do something just before an output is published: one deed for each try."""
    left, real = list(deeds), publication.Publication._publish

    def publish(self, transaction):
        if left:
            left.pop(0)()
            raise RuntimeError("CommitFailedException: the deed was first")
        return real(self, transaction)

    monkeypatch.setattr(publication.Publication, "_publish", publish)
