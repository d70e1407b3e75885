"""Typing: malformed numbers, doubled punctuation, brackets that do not close, template text that was left."""
