"""Changes to hints, merged into one table by id: a row that changes its status moves partition."""
