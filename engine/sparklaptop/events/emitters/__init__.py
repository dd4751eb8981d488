"""The events that AWS services send by themselves, and moto's do not."""
