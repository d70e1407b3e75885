"""The prescribed tables: their grids to facts, with the sums as the judge of what stands where."""

from mingzhang.read.tables.reader import Tables, read_tables
from mingzhang.read.tables.units import Homes

__all__ = ["Homes", "Tables", "read_tables"]
