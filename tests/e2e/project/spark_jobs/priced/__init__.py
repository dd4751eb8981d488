"""Adds up amounts at the prices of a file that it reads by its address."""
