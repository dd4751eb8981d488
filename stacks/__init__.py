"""The stacks of an environment, in deploy order: base, network, lake, kafka, control, jobs."""
