"""The tables of a lake: the resources of the data package and the findings, each row with its document.

Amounts are exact decimals: 万元 in facts, yuan in projects. `doc` is the content hash of the published file (or files), `part` the
place of a row in its document.
"""

from __future__ import annotations

import pyarrow as pa

from mingzhang.datapackage import RESOURCES

# The tables that are kept; the cells of forms, mentions and notes stay in a data package.
RECORDS = ("facts", "narrative", "projects", "indicators", "overall", "texts", "catalogue")
DOCUMENTS, FINDINGS = "documents", "findings"
TABLES = (DOCUMENTS, *RECORDS, FINDINGS)

_TYPES = {"string": pa.string(), "integer": pa.int32(), "number": pa.decimal128(18, 4)}
# Words that come again and again are kept once a file.
_LOOSE = {"confidence": pa.float32()}
_WHERE = [("region", pa.string()), ("fiscal_year", pa.int32())]
_KEY = [*_WHERE, ("doc", pa.string()), ("part", pa.int32())]


def _columns(resource: str) -> list[tuple[str, pa.DataType]]:
    # Boxes and labels as printed are found again through file and page; they would double the size of a lake.
    left_out = {"bbox", "printed_row", "printed_column"}
    return [
        (column, _LOOSE.get(column, _TYPES[kind])) for column, kind in RESOURCES[resource] if column not in left_out
    ]


SCHEMAS: dict[str, pa.Schema] = {
    DOCUMENTS: pa.schema(
        [
            *_WHERE,
            ("doc", pa.string()),
            ("status", pa.string()),
            ("reason", pa.string()),
            ("source", pa.string()),
            ("run", pa.int32()),
            ("version", pa.int32()),
            ("family", pa.string()),
            ("kind", pa.string()),
            ("department_code", pa.string()),
            ("name", pa.string()),
            ("region_name", pa.string()),
            ("published", pa.string()),
            ("approved", pa.string()),
            ("facts", pa.int32()),
            ("figures", pa.int32()),
            ("projects", pa.int32()),
            ("indicators", pa.int32()),
            ("errors", pa.int32()),
            ("warnings", pa.int32()),
            ("infos", pa.int32()),
            ("reader", pa.string()),
            ("book", pa.string()),
        ]
    ),
    **{name: pa.schema([*_KEY, *_columns(name)]) for name in RECORDS},
    FINDINGS: pa.schema(
        [
            *_KEY,
            ("rule", pa.string()),
            ("title", pa.string()),
            ("category", pa.string()),
            ("severity", pa.string()),
            ("message", pa.string()),
            ("difference", pa.decimal128(18, 4)),
            ("bound", pa.decimal128(18, 4)),
            ("basis", pa.string()),
            ("suspected_misreading", pa.bool_()),
            ("also", pa.string()),
            ("where", pa.string()),
        ]
    ),
}
