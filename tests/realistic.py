"""Made-up departments as they are: units, wages and insurance, projects with targets, funds, carry-over, last year.

`ledger(seed)` gives the same ledger for the same seed. Names are made of common words; amounts, sizes and the mix of
funds are spread as in published disclosures of counties and cities. Seeds below `DISTINCT` draw region and kind, so that
some name the same department; ten thousand from there on are as many departments, in thirty regions.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from random import Random

from mingzhang.ledger import Ledger
from strategies import Rows, build, pairs, sheet

# Department, the function of its running and of its projects, what its projects are about.
_DEPARTMENTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("住房和城乡建设局", "2120101", "2120303", ("背街小巷改造", "老旧小区维修", "路灯维护", "排水管网疏浚", "公园绿地养护")),
    ("农业农村局", "2130101", "2130126", ("高标准农田管护", "动物疫病防控", "农村厕所管护", "农产品质量抽检", "种粮农民培训")),
    ("水利局", "2130301", "2130305", ("河道清淤", "水库巡查", "农村饮水工程维修", "灌区渠道维修", "防汛物资储备")),
    ("卫生健康局", "2100101", "2100408", ("妇幼健康筛查", "乡村医生培训", "慢性病随访", "免疫规划宣传", "卫生室设备更新")),
    ("民政局", "2080201", "2080299", ("社区食堂补助", "殡葬服务设施维护", "地名标志更新", "社会组织评估", "养老机构护理员培训")),
    ("教育局", "2050101", "2050299", ("校舍维修", "教师培训", "体育器材更新", "课后服务补助", "实验室设备更新")),
    ("文化和旅游局", "2070101", "2070199", ("送戏下乡", "图书馆图书更新", "文物保护巡查", "旅游标识牌维护", "非遗传习活动")),
    ("应急管理局", "2240101", "2240199", ("应急演练", "安全生产巡查", "应急物资储备", "隐患整治专家服务", "应急指挥系统维护")),
)  # fmt: skip
DISTINCT = 1000
_PLACES = ("临河", "安平", "青川", "永宁", "石泉", "双桥", "清源", "长岭", "平阳", "东川")
_LEVELS = ("县", "市", "区")
_STREETS = ("东关", "西街", "南湖", "北岭", "中山", "人民路", "新城", "河西")
# Districts of a region, each with offices of its own: the first has no name of its own.
_DISTRICTS = ("", *(f"{hill}{kind}" for kind in ("新区", "开发区", "示范区") for hill in (
    "东湖", "西山", "云台", "龙泉", "白鹿", "金沙", "凤鸣", "玉带", "仙女", "五里", "七星", "九峰", "松林", "梅园")))  # fmt: skip
_WAGES = (("30101", 1.0), ("30102", 0.55), ("30103", 0.2))
_INSURANCE = (
    ("30108", "2080505", 0.16), ("30109", "2080506", 0.08), ("30110", None, 0.065), ("30113", "2210201", 0.12),
)  # fmt: skip
_OPERATING = ("30201", "30202", "30207", "30211", "30216", "30239", "30299")
_FISCAL = {"gpb": "一般公共预算", "gov_fund": "政府性基金预算"}


def _office(number: int) -> tuple[str, str, tuple[str, str, str, tuple[str, ...]]]:
    """Region, district and kind of a department: another for each of some ten thousand numbers."""
    block, number = divmod(number, len(_PLACES) * len(_LEVELS) * len(_DEPARTMENTS))
    number = number * 7 % (len(_PLACES) * len(_LEVELS) * len(_DEPARTMENTS))
    number, kind = divmod(number, len(_DEPARTMENTS))
    level, place = divmod(number, len(_PLACES))
    return f"{_PLACES[place]}{_LEVELS[level]}", _DISTRICTS[block % len(_DISTRICTS)], _DEPARTMENTS[kind]


class _Maker:
    """A ledger in the making."""

    def __init__(self, seed: int, year: int) -> None:
        self.random = Random(seed)
        self.year = year
        place, district = f"{self.random.choice(_PLACES)}{self.random.choice(_LEVELS)}", ""
        kind = self.random.choice(_DEPARTMENTS)
        if seed >= DISTINCT:
            place, district, kind = _office(seed - DISTINCT)
        self.place, self.kind = place, kind
        self.name = place + district + kind[0]
        self.code = f"{self.random.randrange(1, 400):03}"
        self.single = self.random.random() < 0.15
        count = 1 if self.single else self.random.choice((1, 1, 2, 2, 3, 4, 6))
        centres = self.random.sample(_STREETS, min(count, len(_STREETS)))
        self.units = [(f"{self.code}001", self.name, "行政单位")]
        for number, street in enumerate(centres[1:], 2):
            nature = self.random.choice(("事业单位", "参公事业单位"))
            self.units.append((f"{self.code}{number:03}", f"{self.place}{street}{self.kind[0][:2]}服务中心", nature))
        self.budget: Rows = []
        self.projects: Rows = []
        self.indicators: Rows = []

    def amount(self, low: float, high: float, step: int = 1) -> Decimal:
        """An amount in yuan, small ones more often than large ones."""
        value = low * (high / low) ** self.random.random()
        return Decimal(round(value / step) * step).quantize(Decimal("0.01"))

    def line(self, unit: str, project: tuple[str, str, str], function: str, codes: tuple[str, str], amount: Decimal,
             fund: str = "gpb", carryover: bool = False) -> None:  # fmt: skip
        """A line of the budget."""
        self.budget.append({
            "agency_code": unit, "pro_code": project[0], "pro_name": project[1], "pro_category": project[2],
            "exp_func_code": function, "dep_bgt_eco_code": codes[0], "gov_bgt_eco_code": codes[1],
            "fund_type": _FISCAL[fund], "is_carryover": "是" if carryover else "否", "amount": str(amount),
        })  # fmt: skip

    def basic(self, unit: str, nature: str) -> None:
        """A unit's wages, insurance and running costs."""
        office = nature == "行政单位" or nature == "参公事业单位"
        running = self.kind[1]
        wages, public = ("50101", "50201") if office else ("50501", "50502")
        base = self.amount(200_000, 6_000_000)
        staff = (f"{unit}R", "人员经费", "人员类")
        for code, share in _WAGES:
            self.line(unit, staff, running, (code, wages), (base * Decimal(str(share))).quantize(Decimal("0.01")))
        for code, function, share in _INSURANCE:
            at = function or ("2101101" if office else "2101102")
            government = ("50103" if code == "30113" else "50102") if office else "50501"
            self.line(unit, staff, at, (code, government), (base * Decimal(str(share))).quantize(Decimal("0.01")))
        operating = (f"{unit}G", "公用经费", "公用经费")
        for code in self.random.sample(_OPERATING, self.random.randrange(2, len(_OPERATING))):
            government = {"30216": "50203", "30299": "50299"}.get(code, "50201") if office else public
            self.line(unit, operating, running, (code, government), self.amount(1_000, 200_000, 10))
        if self.random.random() < 0.6:
            government = "50208" if office else public
            self.line(unit, operating, running, ("30231", government), self.amount(10_000, 90_000, 1000))

    def project(self, number: int) -> None:
        """A project with its form and indicators."""
        unit, _, _ = self.random.choice(self.units)
        street, work = self.random.choice(_STREETS), self.random.choice(self.kind[3])
        name = f"{street}{work}{number}期项目"
        code = f"{unit}-{number:03}"
        carryover = self.random.random() < 0.12
        fund = "gov_fund" if self.random.random() < 0.08 else "gpb"
        category = "其他运转类" if self.random.random() < 0.2 else "特定目标类"
        amount = self.amount(5_000, 20_000_000, self.random.choice((1, 100, 1000)))
        function = "2120803" if fund == "gov_fund" else self.kind[2]
        self.line(unit, (code, name, category), function, ("", ""), amount, fund, carryover)
        level = self.random.choice(("central", "provincial", "local", "local", "local"))
        months = self.random.randrange(6, 13)
        count = self.random.randrange(2, 60)
        self.projects.append({
            "agency_code": unit, "pro_code": code, "pro_name": name, "pro_category": category,
            "attribute": "一次性项目（1年结束）", "period": "1年",
            "overview": f"{self.year}年在{street}一带开展{work}，共{count}处，由{self.name}组织实施。",
            "basis": f"《{self.place}人民政府办公室关于做好{work}工作的通知》（{self.place[0]}政办发〔{self.year - 1}〕{number}号）。",
            "necessity": f"{street}一带的{work}关系居民日常生活，现有设施年久，需要安排资金。",
            "safeguards": "按项目管理办法落实招标、监理和验收，资金专款专用。",
            "plan": f"上半年完成招标，{self.year}年{months}月底前完成并验收。",
            "total_goal": f"完成{street}{work}{count}处，验收合格，居民生活得到改善。",
            "annual_goal": f"完成{street}{work}{count}处，验收合格，居民生活得到改善。",
            f"total_{level}": str(amount), f"annual_{level}": str(amount),
        })  # fmt: skip
        for level2, level3, value in (
            ("数量指标", f"{work}处数", f"≥{count}处"),
            ("质量指标", "一次验收合格率", "≥95%"),
            ("时效指标", "完成时间", f"{months}月底前"),
            ("成本指标", f"{work}总成本", f"≤{amount:f}元"),
            ("社会效益", "受益居民户数", f"≥{count * 40}户"),
            ("服务对象满意度", "受益居民满意度", f"≥{self.random.choice((85, 90, 95))}%"),
        ):
            self.indicators.append(
                {"agency_code": unit, "pro_code": code, "level2": level2, "level3": level3, "value": value}
            )

    def revenue(self) -> Rows:
        """The fund revenue that this year's fund money is."""
        total = sum((Decimal(row["amount"]) for row in self.budget
                     if row["fund_type"] == _FISCAL["gov_fund"] and row["is_carryover"] == "否"), Decimal(0))  # fmt: skip
        row = {"agency_code": self.units[0][0], "fund_type": _FISCAL["gov_fund"], "revenue_code": "1030148"}
        return [row | {"amount": str(total)}] if total else []

    def prior(self) -> dict[str, str]:
        """Last year's sums, some way off this year's."""
        total = sum((Decimal(row["amount"]) for row in self.budget), Decimal(0))
        gpb = sum(
            Decimal(row["amount"])
            for row in self.budget
            if row["fund_type"] == _FISCAL["gpb"] and row["is_carryover"] == "否"
        )
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in self.budget:
            sums[row["dep_bgt_eco_code"]] += Decimal(row["amount"])
        factor = Decimal(str(round(self.random.uniform(0.6, 1.5), 2)))
        known = {"income_total": total * factor, "gpb": gpb * factor, "vehicle_run": sums["30231"], "abroad": Decimal(0),
                 "reception": Decimal(0), "vehicle_buy": Decimal(0), "agency_operating": total / 50}  # fmt: skip
        return {key: str(value.quantize(Decimal("0.01"))) for key, value in known.items()}


def ledger(seed: int, projects: int | None = None, year: int = 2026) -> Ledger:
    """A made-up ledger; `projects` is the number of its projects, drawn where it is not given."""
    maker = _Maker(seed, year)
    for code, _, nature in maker.units:
        maker.basic(code, nature)
    for number in range(1, 1 + (maker.random.choice((3, 5, 8, 12, 20, 35, 46)) if projects is None else projects)):
        maker.project(number)
    vehicles = maker.random.randrange(1, 12)
    raw = {
        "department": pairs({
            "fiscal_year": str(year), "kind": "单位预算" if maker.single else "部门预算", "region_name": maker.place,
            "department_code": maker.code, "department_name": maker.name,
            "duties": f"贯彻法律法规和政策，拟订{maker.place}有关规划并组织实施，承担行业管理和公共服务。",
            "internal_offices": "、".join(("办公室", "业务科", "财务科", "法规科")[: maker.random.randrange(2, 5)]),
        }),
        "agencies": sheet([{"agency_code": a, "agency_name": b, "agency_kind": c} for a, b, c in maker.units]),
        "budget": sheet(maker.budget),
        "projects": sheet(maker.projects),
        "indicators": sheet(maker.indicators),
        "assets": pairs({"vehicles_quota": str(vehicles), "vehicles_other": str(vehicles), "equipment_500k": "2",
                         "office_area": str(maker.random.randrange(200, 9000)), "equipment_1m": "1"}),
        "prior": pairs(maker.prior()),
        "reasons": pairs({
            "income": "新增和减少了部分项目，人员经费随编制和标准调整", "gpb": "项目和人员经费都有调整",
            "agency_operating": "日常公用经费按定额重新核定",
        }),
    }  # fmt: skip
    revenue = maker.revenue()
    return build(raw | ({"revenue": sheet(revenue)} if revenue else {}))
