"""Orders and their amounts per country and minute."""
