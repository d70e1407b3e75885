"""Official classifications by fiscal year, and editions of the catalogue of service purchases: data and look-up.

See docs/taxonomy.md. Official lists are imported by `mingzhang.taxonomy.importing`, which reads workbooks.
"""

from mingzhang.taxonomy.catalogue import (
    Catalogue,
    CatalogueEntry,
    Edition,
    edition_in_force,
    editions,
    load_catalogue,
)
from mingzhang.taxonomy.codes import KIND_TITLES, KINDS, Code, CodeList
from mingzhang.taxonomy.mapping import admissible_government_codes, fund_functions
from mingzhang.taxonomy.store import IMPORT_COMMAND, MissingCodeList, explain, load, years

__all__ = [
    "IMPORT_COMMAND",
    "KINDS",
    "KIND_TITLES",
    "Catalogue",
    "CatalogueEntry",
    "Code",
    "CodeList",
    "Edition",
    "MissingCodeList",
    "admissible_government_codes",
    "edition_in_force",
    "editions",
    "explain",
    "fund_functions",
    "load",
    "load_catalogue",
    "years",
]
