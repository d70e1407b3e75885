"""The example ledgers, compiled once for the suite."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import pytest

from mingzhang.compile import compile_ledger
from mingzhang.disclosure import Disclosure
from mingzhang.families import load_family
from mingzhang.ledger import load_ledger
from mingzhang.publish.document import Document
from mingzhang.publish.layout import lay_out

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
# Example -> the ground truth of the disclosure that its figures come from, where the machine has it.
EXAMPLES = {"jincheng-construction-2026": "s002", "xiaoyi-industry-2026": "s000"}


def program(*names: str) -> str:
    """The path of the first of these programs that there is; without one the test is passed over, in CI it fails."""
    for name in names:
        if path := shutil.which(name):
            return path
    if os.environ.get("MINGZHANG_REQUIRE_ALL"):
        pytest.fail(f"{names[0]} is not installed")
    pytest.skip(f"{names[0]} is not installed")


@cache
def example(name: str) -> Disclosure:
    """The example's disclosure."""
    return compile_ledger(load_ledger(ROOT / "examples" / name))


@cache
def example_document(name: str) -> Document:
    """The example laid out."""
    disclosure = example(name)
    return lay_out(disclosure, load_family(disclosure.family))
