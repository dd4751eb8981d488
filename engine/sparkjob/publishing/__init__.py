"""Stage an output on a branch, audit it, publish it."""
