"""Texts that were copied: fields that say the same, forms that are alike, targets that repeat a name."""
