"""A table as a stream leaves it: one small commit after the other."""

from pathlib import Path

from sparkjob.publishing.iceberg import load

ROWS_PER_BATCH = 20
DAYS = 4


def micro_batches(spark, table, batches):
    """Make a table of so many appends, each one small file in one of four days.

    The files are written by one Spark job and committed one by one by Iceberg's own API, as a
    stream's sink does it; a Spark job for each would take minutes and leave the same table.
    """
    spark.sql(
        f"CREATE TABLE {table} (id BIGINT, day DATE, amount DOUBLE) USING iceberg "
        "PARTITIONED BY (day) TBLPROPERTIES ('format-version' = '2')"
    )
    rows = spark.range(batches * ROWS_PER_BATCH).selectExpr(
        "id",
        f"date_add(DATE '2026-11-01', cast(id DIV {ROWS_PER_BATCH} % {DAYS} AS int)) day",
        "id / 100 amount",
    )
    # A partition of Spark per batch, each with the rows of one day.
    rows.repartitionByRange(batches, "id").writeTo(table).option(
        "distribution-mode", "none"
    ).option("fanout-enabled", "true").append()
    java = load(spark, table)
    files = [task.file() for task in java.newScan().planFiles().iterator()]
    spark.sql(f"DELETE FROM {table}")
    java.refresh()
    for file in files:
        append = java.newFastAppend()
        append.appendFile(file)
        append.commit()
    spark.sql(f"REFRESH TABLE {table}")
    return len(files)


def size_of(spark, table):
    """Data files and snapshots of a table."""
    java = load(spark, table)
    summary = dict(java.currentSnapshot().summary())
    snapshots = java.operations().current().snapshots().size()
    return int(summary["total-data-files"]), snapshots


def files_below(location):
    """All files of a table's folder but those that Hadoop adds for itself."""
    folder = Path(location.replace("file:", "", 1))
    return {path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".crc")}
