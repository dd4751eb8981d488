"""Reads a topic to its end, with the options that a job has on MSK Serverless."""

import sys

from pyspark.sql import SparkSession

brokers, topic, _, folder = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
options = {
    "kafka.bootstrap.servers": brokers,
    "kafka.security.protocol": "SASL_SSL",
    "kafka.sasl.mechanism": "AWS_MSK_IAM",
    "kafka.sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
    "kafka.sasl.client.callback.handler.class": (
        "software.amazon.msk.auth.iam.IAMClientCallbackHandler"
    ),
    "subscribe": topic,
    "startingOffsets": "earliest",
    "groupIdPrefix": "sales_stream",
}
rows = spark.readStream.format("kafka").options(**options).load()
query = (
    rows.writeStream.foreachBatch(lambda batch, number: print("batch", number, batch.count()))
    .option("checkpointLocation", folder)
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
spark.stop()
