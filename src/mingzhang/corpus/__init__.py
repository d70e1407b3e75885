"""Corpus: thousands of disclosures as one lake that can be asked."""

from mingzhang.corpus.ingest import Options, Outcome, Result, add
from mingzhang.corpus.lake import Lake, LakeError
from mingzhang.corpus.queries import connect

__all__ = ["Lake", "LakeError", "Options", "Outcome", "Result", "add", "connect"]
