"""Which indicators a form must have, and what belongs under which level."""
