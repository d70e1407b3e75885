"""What the texts of a performance form are called."""

from __future__ import annotations

FIELDS = {
    "overview": "项目概况",
    "basis": "立项依据",
    "necessity": "项目设立必要性",
    "safeguards": "制度措施",
    "plan": "项目实施计划",
    "total_goal": "实施期目标",
    "annual_goal": "年度目标",
}
