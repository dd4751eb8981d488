"""EMR Serverless on this computer: applications, queues, and runs that are real processes."""
