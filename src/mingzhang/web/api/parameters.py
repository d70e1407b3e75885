"""Parameters that many end points take, each said once."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints

from mingzhang.corpus.questions import By, Kinds
from mingzhang.web.api.replies import Form

# A name or a part of one: something that is to be seen.
Word = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\s\u0000-\u001f]([^\u0000-\u001f]*)$")
]

FormParam = Annotated[Form, Query(title="格式", description="json、csv 或 xlsx")]
LimitParam = Annotated[int, Query(title="行数", description="JSON 一次最多几行", ge=1, le=10_000)]
CursorParam = Annotated[str, Query(title="cursor", description="上一页响应里的 next；不给为第一页", max_length=1000)]
NamesParam = Annotated[
    list[Word] | None,
    Query(title="部门", description="部门名称或其中一部分，可用 * 和 ?；可多次给出，不给为全部", max_length=50),
]
NameParam = Annotated[Word, Query(title="部门", description="部门名称或其中一部分")]
RegionParam = Annotated[
    str, Query(title="地区", description="地区代码或名称，按数据湖里的写法；不给为全部", max_length=100)
]
YearParam = Annotated[int | None, Query(title="年度", description="不给为最近的年度", ge=1990, le=2100)]
KindParam = Annotated[Kinds, Query(title="种类", description="budget（预算）或 final（决算）")]
ByParam = Annotated[
    By,
    Query(
        title="内容",
        description="total（支出规模）、function（功能分类）、economic（经济分类）、three_public（三公经费）、split（基本与项目支出）",
    ),
]
MostParam = Annotated[int, Query(title="最多几行", ge=1, le=10_000)]
