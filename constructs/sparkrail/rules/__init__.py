"""Rules that every template must keep, and what is knowingly acknowledged."""
