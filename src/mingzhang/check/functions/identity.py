"""One name, one kind, one code throughout: department, units, region."""
