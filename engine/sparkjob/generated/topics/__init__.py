"""Makes a team's topics."""
