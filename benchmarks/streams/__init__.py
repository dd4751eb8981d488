"""A stream of a real broker under faults, and what it lost or doubled."""
