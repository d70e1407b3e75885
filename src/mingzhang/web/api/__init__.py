"""The JSON API under /api/v1, its description, and a page that tells of it (docs/json-api.md)."""

from __future__ import annotations

from fastapi import APIRouter

from mingzhang.web.api import checks, compilations, lake, queries, questions, reference
from mingzhang.web.api.description import describe
from mingzhang.web.api.invalid import told_invalid
from mingzhang.web.api.jobs import ROOT
from mingzhang.web.api.page import router as pages

router = APIRouter(prefix=ROOT)
for module in (checks, compilations, lake, questions, queries, reference):
    router.include_router(module.router)

__all__ = ["ROOT", "describe", "pages", "router", "told_invalid"]
