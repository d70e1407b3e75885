"""Redact: a clean copy of a published file, private data masked in every place where the file holds it."""

from mingzhang.redact.everywhere import masked
from mingzhang.redact.masks import mask
from mingzhang.redact.records import Area, Redacted, Secret
from mingzhang.redact.reports import clean_copies, private_places, without_private_data
from mingzhang.redact.writing import redact

__all__ = [
    "Area",
    "Redacted",
    "Secret",
    "clean_copies",
    "mask",
    "masked",
    "private_places",
    "redact",
    "without_private_data",
]
