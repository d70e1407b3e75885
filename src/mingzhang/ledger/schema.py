"""The ledger's sheets and columns, declared once.

The loader, the validator, the starting workbook, the writers and the documentation are all driven by this one
declaration. Column keys are the data elements of the national budget-integration standard where it has one
(财办〔2023〕12号); the Chinese header is accepted in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mingzhang.disclosure import FUND_LEVEL_LABELS, HORIZON_LABELS

Kind = Literal["text", "long_text", "code", "money", "count", "number", "year", "flag", "choice", "date", "list"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet, or one key of a key-value sheet.

    `choices` maps each accepted printed value to the identifier that the code uses.
    `code_list` names the official code list that the value belongs to.
    """

    key: str
    label: str
    kind: Kind = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    code_list: str = ""
    help: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of the workbook (`label`), one file of the folder (`key`.csv, or a table of ledger.toml).

    `pairs` marks a key-value sheet: its columns are keys, one a row in the workbook.
    """

    key: str
    label: str
    columns: tuple[Column, ...]
    pairs: bool = False
    required: bool = False
    help: str = ""

    def column(self, key: str) -> Column:
        """Return the column of that key; a wrong key is a programmer's mistake and raises KeyError."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(f"{self.key}.{key}")


FUND_TYPES = (
    ("一般公共预算", "gpb"),
    ("政府性基金预算", "gov_fund"),
    ("国有资本经营预算", "soe_capital"),
    ("财政专户管理资金", "special_account"),
    ("单位资金", "unit_funds"),
)
FUND_NAMES = {identifier: printed for printed, identifier in FUND_TYPES}
FISCAL_FUNDS = ("gpb", "gov_fund", "soe_capital")
PROJECT_CATEGORIES = (
    ("人员类", "personnel"),
    ("公用经费", "operating_base"),
    ("其他运转类", "operating"),
    ("特定目标类", "specific"),
)
BASIC_CATEGORIES = ("personnel", "operating_base")
AGENCY_KINDS = (
    ("行政单位", "agency"),
    ("参公事业单位", "civil_service_institution"),
    ("事业单位", "institution"),
)
AGENCY_KIND_NAMES = {identifier: printed for printed, identifier in AGENCY_KINDS}
PROCUREMENT_KINDS = (("货物", "goods"), ("工程", "works"), ("服务", "services"))
NOT_PURCHASED = "否"
FLAGS = (("是", "yes"), ("否", "no"))
HORIZONS = tuple((label, key) for key, label in HORIZON_LABELS.items())
DISCLOSURE_KINDS = (("部门预算", "department_budget"), ("单位预算", "unit_budget"))

_AGENCY_CODE = Column("agency_code", "单位编码", "code", required=True)
_AGENCY_NAME = Column("agency_name", "单位名称", help="可不填；填写时须与“单位”表一致")
_PRO_NAME = Column("pro_name", "项目名称", help="可不填；填写时须与“项目”表一致")
_FISCAL_YEAR = Column("fiscal_year", "预算年度", "year", help="须与“部门信息”的预算年度一致")

BUDGET = Sheet(
    "budget",
    "预算明细",
    (
        _FISCAL_YEAR,
        Column("mof_div_code", "财政区划", "code"),
        _AGENCY_CODE,
        _AGENCY_NAME,
        Column("pro_code", "项目编码", "code", required=True),
        _PRO_NAME,
        Column("pro_category", "项目类别", "choice", required=True, choices=PROJECT_CATEGORIES),
        Column(
            "exp_func_code", "支出功能分类科目编码", "code", True, code_list="functional", aliases=("支出功能分类",)
        ),
        Column("exp_func_name", "支出功能分类科目名称", code_list="functional"),
        Column(
            "dep_bgt_eco_code",
            "部门预算支出经济分类科目编码",
            "code",
            code_list="economic_department",
            help="人员类、公用经费必填",
            aliases=("部门预算经济分类",),
        ),
        Column("dep_bgt_eco_name", "部门预算支出经济分类科目名称", code_list="economic_department"),
        Column(
            "gov_bgt_eco_code",
            "政府预算支出经济分类科目编码",
            "code",
            code_list="economic_government",
            help="人员类、公用经费必填",
            aliases=("政府预算经济分类",),
        ),
        Column("gov_bgt_eco_name", "政府预算支出经济分类科目名称", code_list="economic_government"),
        Column("fund_type", "资金性质", "choice", required=True, choices=FUND_TYPES),
        Column("is_carryover", "上年结转", "flag", choices=FLAGS, help="空白为否"),
        Column("amount", "金额（元）", "money", required=True, aliases=("金额",)),
        Column("procurement", "政府采购", "choice", choices=PROCUREMENT_KINDS),
        Column(
            "purchase_code",
            "政府购买服务目录代码",
            "code",
            help=f"政府采购为“服务”的必填：现行目录代码，不属于政府购买服务的填“{NOT_PURCHASED}”",
            aliases=("政府购买服务",),
        ),
    ),
    required=True,
    help="预算管理一体化系统导出的支出预算，一行一笔，金额以元为单位",
)
REVENUE = Sheet(
    "revenue",
    "收入明细",
    (
        _FISCAL_YEAR,
        _AGENCY_CODE,
        _AGENCY_NAME,
        Column("fund_type", "资金性质", "choice", required=True, choices=FUND_TYPES[1:3]),
        Column("revenue_code", "收入分类科目编码", "code", required=True, code_list="revenue"),
        Column("revenue_name", "收入分类科目名称", code_list="revenue"),
        Column("amount", "金额（元）", "money", required=True, aliases=("金额",)),
    ),
    help="政府性基金、国有资本经营预算当年收入，按收入科目一行一笔；没有这两类资金的不填",
)
AGENCIES = Sheet(
    "agencies",
    "单位",
    (
        _AGENCY_CODE,
        Column("agency_name", "单位名称", required=True),
        Column("agency_kind", "单位性质", "choice", required=True, choices=AGENCY_KINDS),
        Column("duties", "单位职责", "long_text"),
        Column("internal_offices", "内设机构", "list", help="多个机构用顿号或换行分开"),
    ),
    required=True,
    help="本部门及所属预算单位，部门本级放在第一行",
)
PROJECTS = Sheet(
    "projects",
    "项目",
    (
        _AGENCY_CODE,
        Column("pro_code", "项目编码", "code", required=True),
        Column("pro_name", "项目名称", required=True),
        Column("pro_category", "项目类别", "choice", required=True, choices=PROJECT_CATEGORIES[2:]),
        Column(
            "attribute", "项目属性", required=True, help="一次性项目（1年结束）、延续性项目（阶段开展）、经常性项目"
        ),
        Column("period", "项目期", required=True, help="如：1年"),
        Column("overview", "项目概况", "long_text"),
        Column("basis", "立项依据", "long_text"),
        Column("necessity", "项目设立必要性", "long_text"),
        Column("safeguards", "保证项目实施的制度、措施", "long_text"),
        Column("plan", "项目实施计划", "long_text"),
        Column("total_goal", "实施期目标", "long_text"),
        Column("annual_goal", "年度目标", "long_text"),
        *(Column(f"total_{key}", f"实施期：{label}（元）", "money") for key, label in FUND_LEVEL_LABELS.items()),
        *(Column(f"annual_{key}", f"年度：{label}（元）", "money") for key, label in FUND_LEVEL_LABELS.items()),
    ),
    help="其他运转类、特定目标类项目，一行一个；年度资金各级之和须等于“预算明细”中该项目的金额",
)
INDICATORS = Sheet(
    "indicators",
    "绩效指标",
    (
        Column("agency_code", "单位编码", "code", help="整体绩效指标不填"),
        Column("pro_code", "项目编码", "code", help="整体绩效指标不填"),
        Column("horizon", "期间", "choice", choices=HORIZONS, help="空白表示实施期和年度相同；整体绩效指标只有年度"),
        Column("level2", "二级指标", required=True),
        Column("level3", "三级指标", required=True),
        Column("value", "指标值", required=True),
    ),
    help="项目绩效指标（填项目编码）和整体绩效指标（不填项目编码），一行一个",
)
PROCUREMENT = Sheet(
    "procurement",
    "政府采购",
    (
        _AGENCY_CODE,
        Column("pro_code", "项目编码", "code"),
        Column("item", "采购内容", required=True),
        Column("procurement", "政府采购", "choice", required=True, choices=PROCUREMENT_KINDS),
        Column("purchase_code", "政府购买服务目录代码", "code", aliases=("政府购买服务",)),
        Column("amount", "金额（元）", "money", required=True, aliases=("金额",)),
    ),
    help="政府采购预算明细；也可以只在“预算明细”中标注，两处都填时合计须一致",
)

DEPARTMENT = Sheet(
    "department",
    "部门信息",
    (
        Column("fiscal_year", "预算年度", "year", required=True),
        Column("kind", "公开类型", "choice", required=True, choices=DISCLOSURE_KINDS),
        Column("mof_div_code", "财政区划", "code"),
        Column("region_name", "地区名称", required=True, help="绩效目标表标题用，如：某某市"),
        Column("region_level", "地区级别", help="绩效目标表标题用，空白为“县（区）级”"),
        Column("department_code", "部门编码", "code", required=True),
        Column("department_name", "部门名称", required=True),
        Column("duties", "主要职责", "long_text", required=True, help="一条一行"),
        Column("organisation", "机构设置说明", "long_text", help="空白时按“单位”表生成"),
        Column("internal_offices", "内设机构", "list", help="多个机构用顿号或换行分开"),
        Column("catalogue_edition", "政府购买服务目录版本", help="空白为预算年度开始时施行的版本"),
        Column("catalogue_section", "政府购买服务目录类别", help="目录中本部门所在的类别，如：住房和城乡建设"),
    ),
    pairs=True,
    required=True,
)
OVERALL = Sheet(
    "overall",
    "整体绩效",
    (
        Column("internal_units", "内设职能部门数", "count"),
        Column("sub_units", "所属预算单位数", "count"),
        Column("staff_quota", "核定的人员编制数", "count"),
        Column("staff_actual_in_quota", "在编人员数", "count"),
        Column("staff_actual_other", "其他人员数", "count"),
        Column("quota_agency", "行政编制数", "count", help="单位整体绩效用"),
        Column("quota_institution", "事业编制数", "count", help="单位整体绩效用"),
        Column("actual_agency", "行政人员数", "count", help="单位整体绩效用"),
        Column("actual_institution", "事业人员数", "count", help="单位整体绩效用"),
        Column("strategic_goal", "部门战略目标（中期目标）", "long_text", aliases=("部门战略目标",)),
        Column("core_function", "核心职能", "long_text"),
        Column("key_task", "重点任务", "long_text"),
        Column("annual_goal", "年度绩效目标", "long_text"),
        Column("last_year_work", "上年工作完成情况", "long_text", help="单位整体绩效用"),
        Column("organisation_safeguards", "组织保障", "long_text", help="单位整体绩效用"),
        Column("rule_safeguards", "制度保障", "long_text", help="单位整体绩效用"),
        Column("remarks", "其他需要说明的事项", "long_text", help="单位整体绩效用"),
    ),
    pairs=True,
    help="部门（单位）整体支出绩效目标申报表；各项金额由预算明细得出，不用填写",
)
VEHICLES = (
    ("vehicles_leader", "领导用车"),
    ("vehicles_confidential", "机要通信用车"),
    ("vehicles_emergency", "应急保障用车"),
    ("vehicles_enforcement", "执法执勤用车"),
    ("vehicles_special", "特种专业技术用车"),
    ("vehicles_institution", "事业单位业务用车"),
    ("vehicles_other", "其他公务用车"),
)
ASSETS = Sheet(
    "assets",
    "国有资产",
    (
        Column("as_of", "统计截止日期", "date", help="空白为上年12月31日"),
        Column("vehicles_quota", "公务用车编制数（辆）", "count", required=True),
        *(Column(key, f"{label}（辆）", "count") for key, label in VEHICLES),
        Column("office_area", "办公用房建筑面积（平方米）", "number", required=True),
        Column("equipment_500k", "50万元以上通用设备（台、套）", "count", required=True),
        Column("equipment_1m", "100万元以上通用设备（台、套）", "count", required=True),
    ),
    pairs=True,
    required=True,
)
PRIOR = Sheet(
    "prior",
    "上年数",
    (
        Column("source", "上年资料", help="上年的台账或数据包的路径（相对本台账）；填了就不填下面各数"),
        Column("income_total", "上年收入总计（元）", "money"),
        Column("gpb", "上年一般公共预算当年支出（元）", "money"),
        Column("abroad", "上年因公出国（境）费（元）", "money"),
        Column("reception", "上年公务接待费（元）", "money"),
        Column("vehicle_buy", "上年公务用车购置费（元）", "money"),
        Column("vehicle_run", "上年公务用车运行维护费（元）", "money"),
        Column("agency_operating", "上年机关运行经费（元）", "money"),
    ),
    pairs=True,
    help="上年公开的预算数，没有的填0；上年没有预算的新部门整表不填",
)
REASONS = Sheet(
    "reasons",
    "变动原因",
    (
        Column("income", "收入变动原因", "long_text"),
        Column("expense", "支出变动原因", "long_text", help="空白时同收入变动原因"),
        Column("gpb", "一般公共预算支出变动原因", "long_text"),
        Column("abroad", "因公出国（境）费变动原因", "long_text"),
        Column("reception", "公务接待费变动原因", "long_text"),
        Column("vehicle_buy", "公务用车购置费变动原因", "long_text"),
        Column("vehicle_run", "公务用车运行维护费变动原因", "long_text"),
        Column("agency_operating", "机关运行经费变动原因", "long_text"),
    ),
    pairs=True,
    help="只写原因本身，如“新增道路养护项目”，不写“主要原因是”，句末不加标点",
)
NOTES = Sheet(
    "notes",
    "其他说明",
    (Column("other", "其他说明", "long_text"),),
    pairs=True,
)

SHEETS = (
    DEPARTMENT,
    AGENCIES,
    BUDGET,
    REVENUE,
    PROJECTS,
    INDICATORS,
    PROCUREMENT,
    OVERALL,
    ASSETS,
    PRIOR,
    REASONS,
    NOTES,
)
