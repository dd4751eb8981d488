"""A real Kafka cluster on this computer, in the place of MSK Serverless."""
