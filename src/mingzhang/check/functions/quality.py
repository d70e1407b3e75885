"""Whether indicators can be judged: direction, number, unit, placeholder names."""
