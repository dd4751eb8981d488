"""Orders from the tills into a table, each once."""
