"""MERGE that reads only the files that its keys can be in."""
