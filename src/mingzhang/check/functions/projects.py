"""Projects of the tables against performance forms and what the explanation counts."""
