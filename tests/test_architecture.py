"""The house: arrows between packages go down only, doors are sorted, modules stay small, docs name what there is."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mingzhang
from mingzhang.families import DEFAULT_FAMILY

ROOT = Path(mingzhang.__file__).parent
# Bottom first. A module may import what stands on a lower line; neighbours on one line know nothing of each other.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("problems", "amounts", "usage"),
    ("archive", "staging"),
    ("tabular",),
    ("taxonomy",),
    ("disclosure",),
    ("datapackage", "families", "ledger"),
    ("check", "compile", "publish", "read"),
    ("intake", "lookup", "redact"),
    ("corpus",),
    ("api", "web"),
    ("assistant",),
    ("cli",),
    ("__init__", "__main__"),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
MODULES = sorted(path for path in ROOT.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The package's own modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("mingzhang"):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("mingzhang"))


def unit(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def test_every_unit_has_its_layer() -> None:
    assert {unit(path) for path in MODULES} == set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_go_down(path: Path) -> None:
    here = unit(path)
    for module in imports(path):
        there = [*module.split("."), ""][1]
        if there and there != here:
            assert LEVEL[there] < LEVEL[here], f"{path.name} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_small_and_say_what_they_are(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 600
    assert not text or ast.get_docstring(ast.parse(text)), path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_knows_a_province_or_a_department(path: Path) -> None:
    """Names of provinces, departments and tables are data; a family's default name is the one exception."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, DOCUMENTED)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docs:
            words = re.findall(r"shanxi|山西|孝义|晋城|\bT\d+\b", node.value)
            assert not words or (unit(path) == "families" and node.value == DEFAULT_FAMILY), node.value


@pytest.mark.parametrize(
    "name", ["taxonomy", "families", "ledger", "check", "compile", "publish", "read", "redact", "api"]
)
def test_doors_are_sorted_and_open(name: str) -> None:
    package = importlib.import_module(f"mingzhang.{name}")
    exported = package.__all__
    constants = sorted(one for one in exported if one.isupper())
    rest = sorted((one for one in exported if not one.isupper()), key=lambda one: (not one[0].isupper(), one))
    assert list(exported) == constants + rest
    assert all(hasattr(package, one) for one in exported)


def test_public_functions_are_documented() -> None:
    missing = []
    for path in MODULES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                missing.append(f"{path.name}:{node.name}")
    assert not missing
