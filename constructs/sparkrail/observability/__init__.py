"""Who is told of failures."""
