"""The free Chinese fonts that PDF output is set in: Noto CJK as the `mplfonts` wheel carries it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from mingzhang.problems import InputError, Problem

SERIF, SANS = "Noto Serif CJK SC", "Noto Sans CJK SC"
# The wheel carries more; the template names these two alone and forbids fall-back (SimHei, beside them, is not free).
_FILES = ("NotoSerifCJKsc-Regular.otf", "NotoSansCJKsc-Regular.otf")


def font_folder() -> Path:
    """The folder with the fonts of the installed wheel; raises InputError when it or a font that we use is missing.

    The package is found and not imported: importing it would import matplotlib.
    """
    spec = find_spec("mplfonts")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "fonts"
        if all((folder / name).is_file() for name in _FILES):
            return folder
    raise InputError([Problem("找不到生成PDF所用的中文字体，请先安装字体包：pip install mplfonts")])
