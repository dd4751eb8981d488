"""The Kafka cluster of an environment, and how its brokers are found."""
