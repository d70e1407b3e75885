"""Redact: a clean copy of a published file, private data masked in every place where the file holds it."""

from mingzhang.redact.everywhere import masked
from mingzhang.redact.masks import mask
from mingzhang.redact.records import Area, Redacted, Secret
from mingzhang.redact.writing import redact

__all__ = ["Area", "Redacted", "Secret", "mask", "masked", "redact"]
