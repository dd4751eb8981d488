"""Hold what a run brings against the contract, before anybody can read it."""
