"""Compiling for pages and programs alike: ledgers taken in, what is wrong with them, what came of them, the files of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from mingzhang.archive import zipped
from mingzhang.problems import Problem
from mingzhang.publish import DATA, FORMATS, OUTPUT
from mingzhang.taxonomy import years
from mingzhang.web.ledger_work import CELLS, FORMAT_NAMES, MADE, Compiled
from mingzhang.web.ledgers import LAST_YEAR
from mingzhang.web.refused import Refused
from mingzhang.web.store import Job
from mingzhang.web.work import IN, OUT, PRIOR
from mingzhang.web.workbench import Given, Workbench, own_names

_STARTER = "预算台账"
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')


class Made(Struct, frozen=True):
    """A file to be saved: its name, and what is in it."""

    name: str
    content: bytes


class Fault(Struct, frozen=True):
    """What is wrong with a ledger: the problem, and the cell that it is in (D12), if it is in one."""

    problem: Problem
    cell: str = ""

    @property
    def sheet(self) -> str:
        """The sheet that it is in, as people look for it; what is wrong with last year's ledger stands apart."""
        problem = self.problem
        apart = f"{problem.file}：" if problem.file.startswith(LAST_YEAR) else ""
        return f"{apart}{problem.sheet or '文件'}"


def template_years() -> list[int]:
    """The fiscal years for which there is a workbook to start from, the latest first."""
    return sorted(years("functional"), reverse=True)


def template(bench: Workbench, year: int, source: Given | None = None) -> Made:
    """The workbook to start from, with an example or with what last year's ledger holds.

    Raises Refused for a year without code lists, InputError for a `source` that is no ledger.
    """
    if year not in template_years():
        known = "、".join(map(str, template_years()))
        raise Refused(400, f"没有{year}年度的科目表，可以选的年度：{known}")
    given = (year,) if source is None else (year, str(source.path), source.name)
    return Made(f"{_STARTER}{year}.xlsx", bench.call("starter_workbook", *given))


def submitted_ledger(
    bench: Workbench, owner: str, ledger: Sequence[Given], prior: Sequence[Given], folder: Path, again: str = ""
) -> Job:
    """Take in a ledger to compile, with last year's file if there is one; without, that of the job `again` serves again.

    `folder` is where the files lie for now. Raises Refused if there is not one ledger, Busy if there is no room.
    """
    if len(ledger) != 1:
        raise Refused(400, "请选择一份填好的台账" if not ledger else "一次只能编制一份台账，请只选一个文件")
    if len(prior) > 1:
        raise Refused(400, "上年的文件只要一份，请只选一个")
    before = list(prior) or _prior_again(bench, owner, again, folder)
    batch = bench.submit(owner, "compile", [[*ledger, *before]])
    return bench.store.batch(batch)[0]


def _prior_again(bench: Workbench, owner: str, again: str, folder: Path) -> list[Given]:
    """Copies of last year's files of an earlier job of the same owner."""
    job = bench.store.job(again) if again else None
    if job is None or job.kind != "compile" or job.owner != owner:
        return []
    found = []
    for stored, name in own_names(job).items():
        if stored.startswith(PRIOR):
            shutil.copyfile(bench.folder(job.id) / IN / stored, folder / stored)
            found.append(Given(name, stored, folder / stored))
    return found


def faults(bench: Workbench, job: Job) -> list[Fault]:
    """All that is wrong with the ledger of a failed job; what failed for another reason has none."""
    failed = job.status == "failed" and job.outcome
    problems = msgspec.json.decode(job.outcome, type=list[Problem]) if failed else []
    file = bench.folder(job.id) / OUT / CELLS
    cells = msgspec.json.decode(file.read_bytes(), type=dict[int, str]) if file.exists() else {}
    return [Fault(problem, cells.get(number, "")) for number, problem in enumerate(problems)]


def marked_ledger(bench: Workbench, job: Job) -> Made:
    """The ledger of a failed job with its problems marked."""
    problems = [fault.problem for fault in faults(bench, job)]
    if not problems:
        raise Refused(404, "这份台账没有问题清单")
    stored, name = _own(job)
    content = bench.call("problem_workbook", str(bench.folder(job.id) / IN / stored), name, problems)
    return Made(f"{_stem(name)}-标出问题.xlsx", content)


def compiled(job: Job) -> Compiled:
    """What came of a job that is done."""
    return msgspec.json.decode(job.outcome, type=Compiled)


def made(bench: Workbench, job: Job, form: str) -> Made:
    """The disclosure of a job that is done in a format of FORMATS. Raises Refused for another."""
    if form not in FORMATS:
        raise Refused(404, f"没有这种格式，可以下载的有：{'、'.join(FORMATS)}")
    file = _file(bench, job, form)
    name = f"{_fit(compiled(job).title)}{'（数据）' if form == DATA else ''}{file.suffix}"
    return Made(name, file.read_bytes())


def all_made(bench: Workbench, job: Job) -> Made:
    """The disclosure in all formats, as one zip archive."""
    files = [made(bench, job, form) for form in FORMATS]
    return Made(f"{_fit(compiled(job).title)}.zip", zipped({one.name: one.content for one in files}))


def made_sizes(bench: Workbench, job: Job) -> dict[str, int]:
    """How large the disclosure is in each format, in bytes; in the order in which people look for them."""
    return {form: _file(bench, job, form).stat().st_size for form in FORMAT_NAMES}


def _file(bench: Workbench, job: Job, form: str) -> Path:
    return bench.folder(job.id) / OUT / MADE / (f"{DATA}.zip" if form == DATA else f"{OUTPUT}.{form}")


def _own(job: Job) -> tuple[str, str]:
    return next((stored, name) for stored, name in own_names(job).items() if not stored.startswith(PRIOR))


def _stem(name: str) -> str:
    return _fit(Path(name).stem)


def _fit(name: str) -> str:
    """A name that any system takes for a file."""
    return _UNFIT.sub("_", name).strip(" .")[:100] or OUTPUT
