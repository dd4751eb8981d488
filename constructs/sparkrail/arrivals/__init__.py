"""Files that arrive, and the machine that makes a batch of those that have settled."""
