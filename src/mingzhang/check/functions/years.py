"""Years: one fiscal year throughout, comparisons with the year before, dates that fit."""
