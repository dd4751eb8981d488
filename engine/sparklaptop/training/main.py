"""What jobs commonly do, once and small, so that the classes it takes can be kept.

Runs inside Spark, under any of its Pythons: pyspark and the standard library only.
"""

import sys

from pyspark import StorageLevel
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

TEXT = "state,day,beds,used\nCA,2021/01/01,100,80\nCA,2021/01/02,100,90\nNY,2021/01/01,50,\n"


def main(folder: str, table: str) -> None:
    """Write and read files, compute, make a table, overwrite it, merge into it, read it."""
    spark = SparkSession.builder.appName("training").getOrCreate()
    rows = spark.createDataFrame([(TEXT,)], "value string")
    rows.coalesce(1).write.mode("overwrite").text(folder)
    binary = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(folder)
    parsed = binary.select("path", "content").rdd.flatMap(
        lambda row: [tuple(line.split(",")) for line in bytes(row[1]).decode().split()[1:]]
    )
    text = spark.createDataFrame(parsed, "state string, day string, beds string, used string")
    text.persist(StorageLevel.MEMORY_AND_DISK)
    text.groupBy("state").count().collect()
    spark.read.option("header", "true").csv(folder).count()
    days = text.select(
        F.trim("state").alias("state"),
        F.expr("try_cast(regexp_replace(day, '/', '-') AS date)").alias("day"),
        F.when(F.col("beds").rlike(r"^\d+$"), F.col("beds").cast("double")).alias("beds"),
        F.col("used").cast("double").alias("used"),
        F.concat_ws("; ", F.col("state"), F.lit("x")).alias("note"),
    ).persist(StorageLevel.MEMORY_AND_DISK)
    months = (
        days.groupBy("state", F.trunc("day", "month").alias("month"))
        .agg(
            F.count(F.when(F.col("used").isNotNull(), 1)).cast("int").alias("days"),
            (F.sum("used") / F.sum("beds")).alias("ratio"),
            F.avg(F.col("used") / F.col("beds")).alias("mean"),
        )
        .coalesce(2)
    )
    months.agg(F.count_distinct(F.struct("state", "month")), F.count(F.lit(1))).collect()
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {table} (state string NOT NULL COMMENT 's', month date, "
        "days int, ratio double, mean double) USING iceberg COMMENT 't' "
        "TBLPROPERTIES ('format-version' = '2')"
    )
    spark.catalog.tableExists(table)
    months.writeTo(table).option("snapshot-property.a", "b").overwrite(F.lit(True))
    months.createOrReplaceTempView("source")
    spark.sql(
        f"MERGE INTO {table} t USING source s ON t.state = s.state AND t.month = s.month "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    spark.table(table).where(F.col("state") == "CA").orderBy("month").limit(3).collect()
    iceberg = spark._jvm.org.apache.iceberg.spark.Spark3Util
    iceberg.loadIcebergTable(spark._jsparkSession, table).currentSnapshot().summary()
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
