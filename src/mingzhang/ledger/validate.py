"""What must hold within a ledger before it is compiled; each problem names its place and what to do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from mingzhang.amounts import ZERO, print_yuan
from mingzhang.disclosure import FUND_LEVELS, HORIZON_LABELS
from mingzhang.ledger import schema
from mingzhang.ledger.codes import check_codes
from mingzhang.ledger.model import BudgetLine, Ledger, LedgerProject
from mingzhang.ledger.parse import Row
from mingzhang.ledger.schema import Sheet
from mingzhang.problems import Problem, Severity

_Key = tuple[str, str]


def validate(ledger: Ledger, tables: Mapping[str, list[tuple[int, Row]]], files: Mapping[str, str]) -> list[Problem]:
    """Give every problem of a ledger whose cells are well formed, errors and warnings.

    `tables` are the typed rows (the ledger keeps no names of codes), `files` where each sheet comes from.
    Raises MissingCodeList if the year has no official code list.
    """
    check = _Check(ledger, tables, files)
    return [
        *check.years(),
        *check.agencies(),
        *check.lines(),
        *check.codes(),
        *check.projects(),
        *check.indicators(),
        *check.revenue(),
        *check.procurement(),
        *check.assets(),
        *check.prior(),
    ]


class _Check:
    """The checks over one ledger; each method is one family of rules."""

    def __init__(self, ledger: Ledger, tables: Mapping[str, list[tuple[int, Row]]], files: Mapping[str, str]) -> None:
        self.ledger, self.tables, self.files = ledger, tables, files
        self.agency_codes = {agency.agency_code: agency for agency in ledger.agencies}
        self.by_project: dict[_Key, list[BudgetLine]] = defaultdict(list)
        for line in ledger.budget:
            self.by_project[line.agency_code, line.pro_code].append(line)

    def problem(
        self,
        sheet: Sheet,
        message: str,
        row: int | None = None,
        column: str = "",
        severity: Severity = "error",
    ) -> Problem:
        label = sheet.column(column).label if column else ""
        return Problem(message, self.files.get(sheet.key, ""), sheet.label, row, label, severity)

    def years(self) -> Iterator[Problem]:
        year = self.ledger.fiscal_year
        for sheet in (schema.BUDGET, schema.REVENUE):
            for number, row in self.tables.get(sheet.key, ()):
                if row["fiscal_year"] not in (None, year):
                    message = f"预算年度是{row['fiscal_year']}年，“部门信息”是{year}年，请核对"
                    yield self.problem(sheet, message, number, "fiscal_year")

    def agencies(self) -> Iterator[Problem]:
        seen: set[str] = set()
        names: set[str] = set()
        for agency in self.ledger.agencies:
            if agency.agency_code in seen:
                message = f"单位编码“{agency.agency_code}”重复，请只留一行"
                yield self.problem(schema.AGENCIES, message, agency.row, "agency_code")
            seen.add(agency.agency_code)
            if agency.agency_name in names:
                message = f"单位名称“{agency.agency_name}”重复，请区分开，否则各表分不清是哪个单位"
                yield self.problem(schema.AGENCIES, message, agency.row, "agency_name")
            names.add(agency.agency_name)
        if self.ledger.department["kind"] == "unit_budget" and len(self.ledger.agencies) > 1:
            yield self.problem(schema.AGENCIES, "单位预算只能有一个单位，请删去其他单位或改为部门预算")
        for sheet in (schema.BUDGET, schema.REVENUE, schema.PROJECTS, schema.PROCUREMENT, schema.INDICATORS):
            yield from self._known_agencies(sheet)

    def _known_agencies(self, sheet: Sheet) -> Iterator[Problem]:
        for number, row in self.tables.get(sheet.key, ()):
            code = str(row["agency_code"] or "")
            agency = self.agency_codes.get(code)
            if agency is None and code:
                message = f"单位编码“{code}”不在“单位”表里，请核对或在“单位”表补上"
                yield self.problem(sheet, message, number, "agency_code")
            name = str(row.get("agency_name") or "")
            if agency is not None and name and name != agency.agency_name:
                message = f"单位编码“{code}”的名称在“单位”表里是“{agency.agency_name}”，这里是“{name}”，请统一"
                yield self.problem(sheet, message, number, "agency_name")

    def lines(self) -> Iterator[Problem]:
        sheet = schema.BUDGET
        first: dict[BudgetLine, int] = {}
        for line in self.ledger.budget:
            if line in first:
                yield self.problem(sheet, f"与第{first[line]}行完全相同，请核对是否重复录入", line.row)
            first.setdefault(line, line.row)
            if line.amount == 0:
                yield self.problem(sheet, "金额为0，请填写金额或删去这一行", line.row, "amount")
            if line.is_carryover and line.expenditure == "basic":
                message = "上年结转只能是项目支出（按项目列示），请改为其他运转类或特定目标类项目"
                yield self.problem(sheet, message, line.row, "is_carryover")
            if line.is_carryover and line.fund_type not in schema.FISCAL_FUNDS:
                message = (
                    f"上年结转的项目支出表只列财政拨款结转，{schema.FUND_NAMES[line.fund_type]}的结余请列入当年预算"
                )
                yield self.problem(sheet, message, line.row, "is_carryover")

    def codes(self) -> Iterator[Problem]:
        names: dict[str, str] = {}
        for line in self.ledger.budget:
            if line.exp_func_name and names.setdefault(line.exp_func_code, line.exp_func_name) != line.exp_func_name:
                message = f"科目“{line.exp_func_code}”在别的行叫“{names[line.exp_func_code]}”，请统一名称"
                yield self.problem(schema.BUDGET, message, line.row, "exp_func_name")
        for sheet in (schema.BUDGET, schema.REVENUE):
            rows = self.tables.get(sheet.key)
            if rows:
                yield from check_codes(sheet, self.files[sheet.key], rows, self.ledger.fiscal_year)

    def projects(self) -> Iterator[Problem]:
        sheet = schema.PROJECTS
        forms: dict[_Key, LedgerProject] = {}
        for project in self.ledger.projects:
            key = project.agency_code, project.pro_code
            if key in forms:
                message = f"项目编码“{project.pro_code}”与第{forms[key].row}行重复，请只留一行"
                yield self.problem(sheet, message, project.row, "pro_code")
            forms.setdefault(key, project)
            lines = self.by_project.get(key)
            if lines is None:
                message = f"项目“{project.pro_name}”在“预算明细”中没有预算，请补上预算或删去这个项目"
                yield self.problem(sheet, message, project.row, "pro_code")
            else:
                yield from self._project_lines(project, lines)
                yield from self._funds(project, lines)
        for key, lines in self.by_project.items():
            if lines[0].expenditure == "project" and key not in forms:
                message = f"项目“{lines[0].pro_name or key[1]}”（{key[1]}）在“项目”表里没有，请补上项目和绩效目标"
                yield self.problem(schema.BUDGET, message, lines[0].row, "pro_code")

    def _project_lines(self, project: LedgerProject, lines: list[BudgetLine]) -> Iterator[Problem]:
        for line in lines:
            if line.pro_name and line.pro_name != project.pro_name:
                message = f"项目名称“{line.pro_name}”与“项目”表的“{project.pro_name}”不一致，请统一"
                yield self.problem(schema.BUDGET, message, line.row, "pro_name")
            if line.pro_category != project.pro_category:
                message = f"项目类别与“项目”表第{project.row}行不一致，请统一"
                yield self.problem(schema.BUDGET, message, line.row, "pro_category")

    def _funds(self, project: LedgerProject, lines: list[BudgetLine]) -> Iterator[Problem]:
        budget = sum((line.amount for line in lines), ZERO)
        annual, total = (self._sum(project, horizon) for horizon in ("annual", "total"))
        if annual != budget:
            message = (
                f"年度各级资金之和{print_yuan(annual)}元不等于“预算明细”中该项目的{print_yuan(budget)}元，"
                f"相差{print_yuan(abs(annual - budget))}元，请核对"
            )
            yield self.problem(schema.PROJECTS, message, project.row, "annual_local")
        if total < annual:
            message = f"实施期各级资金之和{print_yuan(total)}元小于年度的{print_yuan(annual)}元，请核对"
            yield self.problem(schema.PROJECTS, message, project.row, "total_local")

    @staticmethod
    def _sum(project: LedgerProject, horizon: str) -> Decimal:
        return sum((project.funds[f"{horizon}_{level}"] or ZERO for level in FUND_LEVELS), ZERO)

    def indicators(self) -> Iterator[Problem]:
        sheet = schema.INDICATORS
        forms = {(project.agency_code, project.pro_code): project for project in self.ledger.projects}
        seen: Counter[tuple[_Key, str]] = Counter()
        for indicator in self.ledger.indicators:
            key = indicator.agency_code, indicator.pro_code
            horizons = [indicator.horizon] if indicator.horizon else ["total", "annual"]
            seen.update((key, horizon) for horizon in horizons)
            if not indicator.pro_code and indicator.agency_code:
                message = "整体绩效指标不填单位编码；单位的整体绩效在单位自己的预算公开里填"
                yield self.problem(sheet, message, indicator.row, "agency_code")
            if not indicator.pro_code and indicator.horizon == "total":
                yield self.problem(sheet, "整体绩效指标只有年度，请改为年度或留空", indicator.row, "horizon")
            if indicator.pro_code and key not in forms:
                message = f"项目编码“{indicator.pro_code}”不在“项目”表里（单位编码{indicator.agency_code}），请核对"
                yield self.problem(sheet, message, indicator.row, "pro_code")
        for key, project in forms.items():
            for horizon, label in HORIZON_LABELS.items():
                if not project.texts[f"{horizon}_goal"]:
                    message = f"项目“{project.pro_name}”没有{label}目标，请填写"
                    yield self.problem(schema.PROJECTS, message, project.row, f"{horizon}_goal")
                if not seen[key, horizon]:
                    message = f"项目“{project.pro_name}”没有{label}绩效指标，请在“绩效指标”表补上"
                    yield self.problem(schema.PROJECTS, message, project.row, "pro_name")

    def revenue(self) -> Iterator[Problem]:
        """Fund revenue of the year is spent in the year (cross-checks T7-02, T7-03, T9-01)."""
        for fund in ("gov_fund", "soe_capital"):
            revenue = sum((line.amount for line in self.ledger.revenue if line.fund_type == fund), ZERO)
            lines = [line for line in self.ledger.budget if line.fund_type == fund and not line.is_carryover]
            spent = sum((line.amount for line in lines), ZERO)
            if revenue != spent:
                message = (
                    f"{schema.FUND_NAMES[fund]}当年收入{print_yuan(revenue)}元与“预算明细”当年支出{print_yuan(spent)}元不等，"
                    f"请在“收入明细”按收入科目填写或核对"
                )
                yield self.problem(schema.REVENUE, message)
        for line in self.ledger.revenue:
            if line.fund_type == "soe_capital" and not line.revenue_code.startswith("10306"):
                message = "国有资本经营预算收入的科目应在10306下，请核对"
                yield self.problem(schema.REVENUE, message, line.row, "revenue_code")
            if line.fund_type == "gov_fund" and not line.revenue_code.startswith(("10301", "10310", "110")):
                message = "政府性基金收入的科目应在10301下，请核对"
                yield self.problem(schema.REVENUE, message, line.row, "revenue_code", "warning")

    def procurement(self) -> Iterator[Problem]:
        """Purchases by line and by procurement sheet agree; services name their catalogue code (令102 art. 10)."""
        marked: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for line in self.ledger.budget:
            if line.purchase_code not in ("", schema.NOT_PURCHASED) and self.ledger.procurement:
                message = "填了“政府采购”表的，政府购买服务目录代码填在“政府采购”表，请移过去"
                yield self.problem(schema.BUDGET, message, line.row, "purchase_code")
            if line.procurement in ("goods", "works") and line.purchase_code not in ("", schema.NOT_PURCHASED):
                message = "只有采购服务才填政府购买服务目录代码，请删去代码或核对政府采购类型"
                yield self.problem(schema.BUDGET, message, line.row, "purchase_code")
            if line.procurement:
                marked[line.procurement] += line.amount
            if line.procurement == "services" and not line.purchase_code and not self.ledger.procurement:
                message = f"政府采购服务必须填写政府购买服务目录代码；不属于政府购买服务的填“{schema.NOT_PURCHASED}”"
                yield self.problem(schema.BUDGET, message, line.row, "purchase_code")
        listed: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for purchase in self.ledger.procurement:
            listed[purchase.procurement] += purchase.amount
            if purchase.pro_code and (purchase.agency_code, purchase.pro_code) not in self.by_project:
                message = f"项目编码“{purchase.pro_code}”不在“预算明细”里，请核对"
                yield self.problem(schema.PROCUREMENT, message, purchase.row, "pro_code")
            if purchase.procurement == "services" and not purchase.purchase_code:
                message = f"采购服务必须填写政府购买服务目录代码；不属于政府购买服务的填“{schema.NOT_PURCHASED}”"
                yield self.problem(schema.PROCUREMENT, message, purchase.row, "purchase_code")
        yield from self._procured_too_much()
        if marked and listed:
            for printed, kind in schema.PROCUREMENT_KINDS:
                if marked[kind] != listed[kind]:
                    message = (
                        f"政府采购{printed}共{print_yuan(listed[kind])}元，与“预算明细”标注的"
                        f"{print_yuan(marked[kind])}元不等，请统一"
                    )
                    yield self.problem(schema.PROCUREMENT, message)

    def _procured_too_much(self) -> Iterator[Problem]:
        """No more can be procured than there is money for: of the project named, or of the unit."""
        by_agency: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for line in self.ledger.budget:
            by_agency[line.agency_code] += line.amount
        for one in self.ledger.procurement:
            lines = self.by_project.get((one.agency_code, one.pro_code)) if one.pro_code else None
            budget = sum((line.amount for line in lines), ZERO) if lines else by_agency[one.agency_code]
            if one.amount > budget:
                message = f"采购金额{print_yuan(one.amount)}元超过{'该项目' if lines else '该单位'}的预算{print_yuan(budget)}元"
                yield self.problem(schema.PROCUREMENT, f"{message}，请核对", one.row, "amount")

    def assets(self) -> Iterator[Problem]:
        counts = {key: value for key, value in self.ledger.assets.items() if isinstance(value, int)}
        vehicles = sum(counts.get(key, 0) for key, _ in schema.VEHICLES)
        if vehicles > counts.get("vehicles_quota", 0):
            message = f"公务用车实有{vehicles}辆，超过编制{counts.get('vehicles_quota', 0)}辆，请核对"
            yield self.problem(schema.ASSETS, message, column="vehicles_quota", severity="warning")

    def prior(self) -> Iterator[Problem]:
        given = self.ledger.prior
        amounts = [column.key for column in schema.PRIOR.columns if column.kind == "money"]
        for key in amounts:
            if given and "source" not in given and key not in given:
                message = "填了上年数就要逐项填写，没有的填0；上年没有预算的整表留空"
                yield self.problem(schema.PRIOR, message, column=key)
        if "source" in given and any(key in given for key in amounts):
            message = "填了上年资料，就不要再填下面的上年数，请只留一种"
            yield self.problem(schema.PRIOR, message, column="source")
