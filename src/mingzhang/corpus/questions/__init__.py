"""Ready questions to a lake: each takes the database (`corpus.connect`) and gives an answer (`corpus.results`)."""

from mingzhang.corpus.questions.asking import KINDS, Kinds
from mingzhang.corpus.questions.compare import compare
from mingzhang.corpus.questions.copies import copies
from mingzhang.corpus.questions.coverage import coverage
from mingzhang.corpus.questions.department import Department, department
from mingzhang.corpus.questions.findings import EACH, Each, findings
from mingzhang.corpus.questions.measures import BY, By
from mingzhang.corpus.questions.outliers import outliers
from mingzhang.corpus.questions.projects import projects
from mingzhang.corpus.questions.sql import Strict, sql
from mingzhang.corpus.questions.trend import trend

__all__ = [
    "BY",
    "EACH",
    "KINDS",
    "By",
    "Department",
    "Each",
    "Kinds",
    "Strict",
    "compare",
    "copies",
    "coverage",
    "department",
    "findings",
    "outliers",
    "projects",
    "sql",
    "trend",
]
