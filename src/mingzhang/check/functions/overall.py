"""The overall form against tables, explanation and project forms."""
