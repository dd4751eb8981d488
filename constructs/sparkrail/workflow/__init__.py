"""The state machine of a batch job: claim, run, record, tell."""
