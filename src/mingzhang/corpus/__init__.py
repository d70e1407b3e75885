"""Corpus: thousands of disclosures as one lake that can be asked."""

from mingzhang.corpus.ingest import Outcome, Result, add
from mingzhang.corpus.lake import Lake, LakeError
from mingzhang.corpus.queries import connect
from mingzhang.corpus.work import Options

__all__ = ["Lake", "LakeError", "Options", "Outcome", "Result", "add", "connect"]
