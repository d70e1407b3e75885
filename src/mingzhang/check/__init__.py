"""Check: one rule book for what is written and what is published."""
