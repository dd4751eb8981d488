"""What the commands know of Iceberg tables: read and changed with PyIceberg, without Spark."""
