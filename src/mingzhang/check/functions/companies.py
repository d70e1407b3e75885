"""What companies are called: one full name, one abbreviation of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from mingzhang.check.findings import Place
from mingzhang.check.passages import form_texts
from mingzhang.check.subject import Hit, Subject, registered

_FULL = re.compile(r"([\u4e00-\u9fff]{4,24}?)(?:股份|责任)?有限(?:责任)?公司")
_BEFORE = "省市县区由与和向对给为委托及"
_SHORT = re.compile(r"([\u4e00-\u9fff]{2})公司")


@registered
def companies_apart(subject: Subject, *, common: Sequence[str]) -> Iterator[Hit]:
    """Several abbreviations of one company: two characters of its full name in order, the first where a name can begin.
    Those that are `common` (子公司, 管理公司) are none."""
    full: dict[str, Place] = {}
    short: dict[str, Place] = {}
    for text, place in form_texts(subject, names=True):
        for match in _FULL.finditer(text):
            full.setdefault(match[1], place(match[0]))
        for match in _SHORT.finditer(text):
            if match[1] not in common:
                short.setdefault(match[1], place(match[0]))
    called: dict[str, list[str]] = defaultdict(list)
    for name in full:
        called[name] = [one for one in short if _abbreviates(one, name)]
    for name, several in called.items():
        if len(several) > 1:
            told = f"“…{name}…公司”又简称“{'公司”、“'.join(several)}公司”"
            yield Hit(told, (*(short[one] for one in several), full[name]))


def _abbreviates(short: str, name: str) -> bool:
    first, second = short[0], short[1]
    starts = (at for at, one in enumerate(name) if one == first and (at == 0 or name[at - 1] in _BEFORE))
    return not name.endswith(short) and any(second in name[at + 1 :] for at in starts)
