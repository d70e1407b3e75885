"""The explanation: the figures of its sentences, by the family's patterns in reverse."""

from mingzhang.read.narrative.reader import Explained, Names, read_figures

__all__ = ["Explained", "Names", "read_figures"]
