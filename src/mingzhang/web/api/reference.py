"""What is looked up: the rule book, and the catalogues of service purchases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from mingzhang import lookup
from mingzhang.check import Category, Severity
from mingzhang.web.api.models import CatalogueOut, RuleReply, RulesOut
from mingzhang.web.api.parameters import Word
from mingzhang.web.api.replies import operation, refusals, reply
from mingzhang.web.refused import Refused

router = APIRouter(tags=["规则和目录"], generate_unique_id_function=operation)


@router.get("/rules", response_model=RulesOut, summary="检查规则", responses=refusals())
def list_rules(
    q: Annotated[Word | None, Query(title="文字", description="规则的编号、名称、内容或依据含有它")] = None,
    category: Annotated[Category | None, Query(title="类别")] = None,
    severity: Annotated[Severity | None, Query(title="级别")] = None,
) -> Response:
    """各公开样式的全部规则，可按文字、类别、级别筛选。"""
    return reply({"books": lookup.books(), "rules": lookup.rules(q or "", category, severity)})


@router.get("/rules/{rule_id}", response_model=RuleReply, summary="一条规则", responses=refusals(404))
def read_rule(rule_id: Annotated[str, Path(title="规则编号", max_length=50)]) -> Response:
    """规则的内容、依据、算式，符合和违反的例子。几种公开样式可能有同一编号的规则。"""
    found = lookup.explained(rule_id)
    if not found:
        raise Refused(404, f"没有编号为“{rule_id}”的规则，全部规则见 /api/v1/rules")
    return reply({"rules": found})


@router.get("/catalogue/{edition}", response_model=CatalogueOut, summary="按描述找目录代码", responses=refusals(404))
def search_catalogue(
    edition: Annotated[str, Path(title="目录版本", description="如 2025；latest 为最新版本", max_length=50)],
    q: Annotated[Word, Query(title="要购买的服务", description="如 路灯维护")],
    most: Annotated[int, Query(title="最多几条", ge=1, le=200)] = 20,
) -> Response:
    """政府购买服务指导性目录里与描述相近的代码，最相近的在前。"""
    found = lookup.catalogue_matches(edition, q, most)
    if found is None:
        told = "、".join([*lookup.catalogue_editions(), lookup.LATEST])
        raise Refused(404, f"没有“{edition}”版的目录，有的版本：{told}")
    return reply(found)
