"""The keeper: what goes on when the machine of a job cannot."""
