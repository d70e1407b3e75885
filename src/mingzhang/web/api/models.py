"""What the API gives, for its description: replies are written as these say, and the suite holds them to it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Severity = Literal["error", "warning", "info"]
Status = Literal["queued", "running", "done", "failed"]
# A decimal as text, so that it stays exact wherever it is read.
Exact = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", examples=["1234.56"])]
Cell = str | int | float | bool | None


class ProblemOut(BaseModel):
    """What is wrong with what was handed in, and where."""

    message: str = Field(title="说明")
    file: str = Field("", title="文件")
    sheet: str = Field("", title="工作表")
    row: int | None = Field(None, title="行号")
    column: str = Field("", title="栏")
    severity: Literal["error", "warning"] = Field("error", title="级别")


class ErrorOut(BaseModel):
    """A request that is not answered."""

    status: int = Field(title="HTTP 状态码", examples=[404])
    message: str = Field(title="原因和办法，一句中文", examples=["没有这份结果，可能已过保存期限，请重新提交"])
    problems: list[ProblemOut] = Field(title="逐条问题")


class ErrorReply(BaseModel):
    """The shape of every refusal."""

    error: ErrorOut


class DocumentOut(BaseModel):
    """A disclosure that was checked."""

    title: str = Field(title="标题")
    name: str = Field(title="部门（单位）")
    year: int = Field(title="年度")
    errors: int = Field(title="错误数")
    warnings: int = Field(title="警告数")
    infos: int = Field(title="提示数")
    facts: int = Field(title="表内数据个数")
    projects: int = Field(title="项目个数")


class JobOut(BaseModel):
    """A job: what was handed in together as one disclosure, how far it is, what came of it."""

    id: str = Field(title="任务标识", examples=["0123456789abcdef0123456789abcdef"])
    kind: Literal["check", "compile"] = Field(title="任务种类：检查或编制")
    status: Status = Field(title="状态：排队、处理中、完成、失败")
    title: str = Field(title="名称")
    files: list[str] = Field(title="上传的文件")
    progress: str = Field("", title="进度")
    message: str = Field("", title="失败的原因")
    problems: list[ProblemOut] = Field([], title="逐条问题")
    summary: str = Field("", title="结果摘要")
    documents: list[DocumentOut] = Field([], title="检查的公开")
    created: str = Field(title="提交时间（ISO 8601，UTC）")
    ended: str | None = Field(None, title="完成时间")
    links: dict[str, str] = Field(title="有关地址")


class SubmittedOut(BaseModel):
    """What was taken in: a job for each disclosure."""

    batch: str = Field(title="批次标识")
    jobs: list[JobOut] = Field(title="任务")


class FaultOut(ProblemOut):
    """A problem of a ledger with the cell in which it stands."""

    cell: str = Field("", title="单元格，如 D12")


class CompiledOut(BaseModel):
    """What came of a ledger."""

    title: str = Field(title="公开的标题")
    name: str = Field(title="部门（单位）")
    year: int = Field(title="年度")
    unit: str = Field(title="表内金额的单位")
    facts: int = Field(title="表内数据个数")
    figures: int = Field(title="说明数据个数")
    projects: int = Field(title="项目个数")
    warnings: list[ProblemOut] = Field(title="要留意的地方")


class CompilationOut(JobOut):
    """A job that compiles a ledger."""

    problems: list[FaultOut] = Field([], title="台账的问题")  # type: ignore[assignment]
    compiled: CompiledOut | None = Field(None, title="编成的公开")


class CompilationSubmittedOut(BaseModel):
    """What was taken in."""

    job: CompilationOut = Field(title="任务")


class PlaceOut(BaseModel):
    """Where a finding stands. Keys that do not apply are left out."""

    form: str = Field("", title="表号、章节或 form（绩效目标表）")
    side: str = Field("", title="收入或支出")
    label: str = Field("", title="位置")
    row: str = Field("", title="行")
    column: str = Field("", title="栏")
    value: str = Field("", title="印刷的数值")
    text: str = Field("", title="原文")
    line: int | None = Field(None, title="文本行号")
    page: int | None = Field(None, title="页码")
    seq: int | None = Field(None, title="目标表序号")
    sheet: str = Field("", title="工作表")
    file: str = Field("", title="文件")
    bbox: list[float] | None = Field(None, title="版面位置：左、上、右、下（磅）")
    suggested: str = Field("", title="疑似应为")


class ConsequenceOut(BaseModel):
    """Another rule that the same cause breaks."""

    rule: str = Field(title="规则编号")
    message: str = Field(title="问题")


class WaiverOut(BaseModel):
    """That a finding is accepted."""

    who: str = Field(title="认可人")
    why: str = Field(title="理由")
    until: str = Field("", title="有效期（日期，空为长期）")


class FindingOut(BaseModel):
    """A finding, as `mingzhang check --format json` gives it, with the identity by which it is accepted. Keys that do not apply are left out."""

    id: str = Field(title="问题标识，认可时用")
    rule: str = Field(title="规则编号")
    title: str = Field(title="规则名称")
    category: str = Field(title="类别")
    severity: Severity = Field(title="级别：错误、警告、提示")
    message: str = Field(title="问题")
    document: str = Field("", title="所在公开")
    difference: Exact | None = Field(None, title="差额：表和文字为万元，绩效目标表为元，比率为百分点")
    bound: Exact | None = Field(None, title="舍入允许，单位同差额")
    basis: str = Field("", title="依据")
    suspected_misreading: bool = Field(False, title="疑似识读有误")
    also: list[ConsequenceOut] = Field([], title="同一原因还违反的规则")
    accepted: WaiverOut | None = Field(None, title="已认可")
    where: list[PlaceOut] = Field([], title="位置")


class CountsOut(BaseModel):
    """A checked document with the numbers of its findings."""

    name: str = Field(title="文件")
    fiscal_year: int = Field(title="年度")
    department: str = Field(title="部门（单位）")
    family: str = Field(title="公开样式")
    errors: int = Field(title="错误数")
    warnings: int = Field(title="警告数")
    infos: int = Field(title="提示数")
    accepted: int = Field(title="已认可数")


class FindingsOut(BaseModel):
    """What a check found."""

    book: str = Field(title="规则版本")
    documents: list[CountsOut] = Field(title="检查的公开；计数不受筛选影响")
    findings: list[FindingOut] = Field(title="问题")


class AcceptanceIn(BaseModel):
    """That a finding is to be accepted."""

    finding: str = Field(title="问题标识", pattern=r"^[0-9a-f]{32}$")
    who: str = Field(title="认可人", min_length=1, max_length=50, pattern=r"^[^\s\u0000-\u001f][^\u0000-\u001f]*$")
    why: str = Field(title="理由", min_length=1, max_length=500, pattern=r"^[^\s\u0000-\u001f][^\u0000-\u001f]*$")
    until: str = Field("", title="有效期（YYYY-MM-DD，空为长期）", pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")


class AcceptedOut(BaseModel):
    """What is accepted in a job."""

    accepted: dict[str, WaiverOut] = Field(title="已认可的问题，按问题标识")


class ColumnOut(BaseModel):
    """A column of a table: its key in the rows, its Chinese heading, how its values are printed."""

    key: str = Field(title="键")
    heading: str = Field(title="栏名")
    kind: Literal["text", "count", "plain", "amount", "percent", "score"] = Field(title="种类")


class TableOut(BaseModel):
    """Rows by key. Decimals are text, so that they stay exact; the heading tells the unit."""

    title: str = Field(title="标题")
    columns: list[ColumnOut] = Field(title="各栏")
    rows: list[dict[str, Cell]] = Field(title="各行")
    notes: list[str] = Field(title="说明：没有列出的、没有计入的")


class PageOut(TableOut):
    """A part of the rows; `next` is the cursor of those that follow."""

    next: str | None = Field(title="下一页的 cursor；没有更多时为空")


class RegionOut(BaseModel):
    """A region and year in a lake."""

    region: str = Field(title="地区")
    fiscal_year: int = Field(title="年度")
    documents: int = Field(title="公开份数（最新版本）")


class LakeOut(BaseModel):
    """What a lake holds."""

    run: int = Field(title="入库批次，数据有变化时增大")
    documents: int = Field(title="读出的公开（各版本）")
    failed: int = Field(title="未读出的文件")
    places: list[RegionOut] = Field(title="各地区、年度")
    tables: dict[str, str] = Field(title="各表的名称")


class SheetOut(BaseModel):
    """A table of a document."""

    title: str = Field(title="名称")
    rows: int = Field(title="行数")
    address: str = Field(title="地址")


class LakeDocumentOut(BaseModel):
    """A document of a lake with its tables."""

    document: dict[str, Cell] = Field(title="公开文件")
    tables: dict[str, SheetOut] = Field(title="各表")


class DepartmentOut(LakeDocumentOut):
    """A department's document of a year, with its other years."""

    years: list[dict[str, Cell]] = Field(title="各年度")


class QueryIn(BaseModel):
    """A query in SQL."""

    query: str = Field(
        title="一条 SELECT 语句（DuckDB）",
        min_length=1,
        max_length=20_000,
        examples=["SELECT name, facts, errors FROM current ORDER BY errors DESC"],
    )
    rows: int = Field(1000, title="最多几行", ge=1, le=10_000)


class RuleOut(BaseModel):
    """A rule of the rule book."""

    id: str = Field(title="编号")
    family: str = Field(title="公开样式")
    title: str = Field(title="名称")
    says: str = Field(title="规则")
    basis: str = Field(title="依据")
    category: str = Field(title="类别")
    severity: Severity = Field(title="级别")
    since: str = Field(title="起用日期")


class RulesOut(BaseModel):
    """The rule books."""

    books: dict[str, str] = Field(title="各公开样式的规则版本")
    rules: list[RuleOut] = Field(title="规则")


class FullRuleOut(RuleOut):
    """A rule with its lines and its two examples."""

    lines: list[str] = Field(title="算式")
    when: list[str] = Field(title="条件")
    passes: str = Field(title="符合的例子")
    breaks: str = Field(title="违反的例子")


class RuleReply(BaseModel):
    """A rule; books of several families may have one of the same number."""

    rules: list[FullRuleOut] = Field(title="规则")


class EntryOut(BaseModel):
    """An entry of a catalogue of service purchases."""

    code: str = Field(title="代码")
    name: str = Field(title="名称")
    level: str = Field(title="级次")
    above: list[str] = Field(title="上级名称")
    sections: list[str] = Field(title="部门")
    exact: bool = Field(title="名称含有描述")
    score: float = Field(title="相近程度（0 到 1）")
    flag: str = Field("", title="识读存疑之处")


class CatalogueOut(BaseModel):
    """Entries of an edition that fit a description, best first."""

    edition: str = Field(title="版本")
    title: str = Field(title="名称")
    document_number: str = Field(title="文号")
    entries: list[EntryOut] = Field(title="目录")
