"""A job as a pipeline: application, roles, machine, trigger, alarm."""
