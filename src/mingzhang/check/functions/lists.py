"""Lists in sentences against the rows of the tables."""
