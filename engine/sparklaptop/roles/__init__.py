"""Who calls, and whether they may: every request under a role is held against its policies."""
