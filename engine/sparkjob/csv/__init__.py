"""CSV files: read by column name, with every record's place and text."""
