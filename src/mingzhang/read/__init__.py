"""Read: any published file back into a disclosure, every figure with its place and how sure the reader is."""

from mingzhang.read.collect import Progress, Reading, read, read_source

__all__ = ["Progress", "Reading", "read", "read_source"]
