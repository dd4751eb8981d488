"""Backfills: which keys, what they may cost, the plan in the ledger, and how far it is."""
