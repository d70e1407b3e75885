"""Performance forms that departments have copied from one another.

Two forms are alike by their indicators, whatever numbers they aim at, or by a passage without its digits, blanks and the names
of department and unit. Indicators are compared as sets: forms of the same set are found by one hash of it, sets that may share most of
their indicators by three MinHash values, and the overlap with the group's first set decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mingzhang.corpus.questions.asking import Bound, Scope, condition, narrowed, rows, settle
from mingzhang.corpus.results import PLACE, Answer, Chart, Column, answer

if TYPE_CHECKING:
    import duckdb

ALIKE = 0.8  # the least overlap of two forms' indicators
LEAST = 5  # indicators that a form must have to be compared
PASSAGE = 30  # characters that a passage must have to be compared
MOST = 500
_PASSAGES = ("overview", "annual_goal")
_TAIL = 16  # characters at a passage's end by which it is first compared
_NUMBER = 12  # characters up to which an indicator's value is a number, which copies change
_SEEDS = (1, 2, 3)
# A form is one number, of its document and its place there: numbers are grouped and joined many times as fast as texts.
_FORMS = 1_000_000
_FORM = f"nr * {_FORMS} + seq"
_DIGITS = "0123456789０１２３４５６７８９.．,， 　"
_COLUMNS = (
    Column("group", "组", "plain"),
    Column("alike_in", "雷同之处"),
    Column("departments", "涉及部门数", "count"),
    Column("overlap", "重合", "percent"),
    Column("region", "地区"),
    Column("department", "部门（单位）"),
    Column("name", "项目名称"),
    Column("forms", "份数", "count"),
    Column("passage", "文字"),
    *PLACE,
)


def copies(
    database: duckdb.DuckDBPyConnection,
    names: Sequence[str] = (),
    *,
    region: str = "",
    year: int | None = None,
    alike: float = ALIKE,
    most: int = MOST,
) -> Answer:
    """Forms of different departments that are the same or nearly so, group by group, the widest spread first.

    `names` keeps the groups in which such a department is. Raises InputError if the lake has no such department or year.
    """
    scope = settle(database, Scope(tuple(names), region, year))
    everyone = Scope((), region, scope.year)
    bound = Bound()
    asked = f"AND bool_or(doc IN (SELECT doc FROM current WHERE {condition(scope, bound)}))" if names else ""
    query = f"""
    WITH chosen AS MATERIALIZED (
      SELECT row_number() OVER (ORDER BY doc) AS nr, doc, name AS department, source FROM current WHERE {condition(everyone, bound)}
    ),
    {_indicator_groups(everyone, alike, bound)},
    {_passage_groups(everyone, bound)},
    groups AS MATERIALIZED (
      SELECT '指标' AS alike_in, id, form, overlap, '' AS passage FROM by_indicators
      UNION ALL SELECT '文字', id, form, 100, passage FROM by_passage
    ),
    members AS MATERIALIZED (
      SELECT alike_in, id, doc, department, source, arg_min(form % {_FORMS}, (-overlap, form)) AS seq, max(overlap) AS overlap,
        arg_min(passage, (-overlap, form)) AS passage, count(*) AS forms
      FROM groups JOIN chosen ON nr = form // {_FORMS} GROUP BY alike_in, id, doc, department, source
    ),
    sized AS (
      SELECT alike_in, id, count(DISTINCT department) AS departments FROM members GROUP BY alike_in, id
      HAVING departments > 1 {asked}
    ),
    shown AS MATERIALIZED (
      SELECT dense_rank() OVER (ORDER BY departments DESC, alike_in, id)::INTEGER AS "group", departments, members.*,
        count(*) OVER () AS count
      FROM sized JOIN members USING (alike_in, id)
      ORDER BY "group", overlap DESC, doc LIMIT {bound(most)}
    )
    SELECT "group", alike_in, departments::INTEGER AS departments, overlap::DECIMAL(5, 0) AS overlap, region, shown.department,
      projects.name, forms::INTEGER AS forms, passage, source, line, page, doc, count
    FROM shown
    JOIN (SELECT region, doc, seq, name, line, page FROM projects WHERE {narrowed(everyone, bound)}) projects USING (doc, seq)
    ORDER BY "group", overlap DESC, shown.department, projects.name, doc, seq
    """
    found = rows(database, query, bound)
    count = found["count"][0].as_py() if found.num_rows else 0
    return answer(
        f"{scope.region}{scope.year}年雷同的绩效目标",
        _COLUMNS,
        found,
        tuple(_notes(count, most, alike)),
        Chart("bar", "department", "departments", "个部门"),
    )


def _notes(count: int, most: int, alike: float) -> list[str]:
    said = f"指标值的数字、文字里的数字、空白和部门名称不计；指标不足 {LEAST} 条、文字不足 {PASSAGE} 字的不比；指标重合 {alike:.0%} 以上算雷同"
    return [said, "一个部门有几份的，列出一份", *([f"共 {count} 行，只列出前 {most} 行"] if count > most else [])]


def _plain(text: str) -> str:
    """The SQL of a text without digits and blanks."""
    return f"translate({text}, '{_DIGITS}', '')"


def _indicator_groups(scope: Scope, alike: float, bound: Bound) -> str:
    """Groups of forms by indicators: by_indicators (id, doc, seq, overlap in %)."""
    least = ", ".join(f"min(hash(mark, {seed})) AS m{seed}" for seed in _SEEDS)
    kept = ", ".join(f"any_value(m{seed}) AS m{seed}" for seed in _SEEDS)
    pairs = zip(_SEEDS, (*_SEEDS[1:], *_SEEDS[:1]), strict=True)
    keys = " UNION ALL ".join(
        f"SELECT id AS own, hash(m{one}, m{other}, {one}) AS bucket FROM sets" for one, other in pairs
    )
    return f"""
    marks AS MATERIALIZED (
      SELECT {_FORM} AS form, hash(level2, level3, CASE WHEN length(value) > {_NUMBER} THEN value END) AS mark
      FROM indicators JOIN (SELECT nr, doc FROM chosen) USING (doc)
      WHERE {narrowed(scope, bound)} AND horizon = 'annual' AND level3 <> ''
    ),
    marked AS MATERIALIZED (
      SELECT form, bit_xor(mark) AS id, count(*) AS size, {least} FROM marks GROUP BY form HAVING size >= {LEAST}
    ),
    sets AS MATERIALIZED (
      SELECT id, any_value(size) AS size, {kept}, min(form) AS form, min(form) // {_FORMS} <> max(form) // {_FORMS} AS shared
      FROM marked GROUP BY id
    ),
    keys AS MATERIALIZED ({keys}),
    buckets AS (SELECT bucket, min(own) AS first FROM keys GROUP BY bucket HAVING first <> max(own)),
    pairs AS MATERIALIZED (SELECT DISTINCT own, first FROM keys JOIN buckets USING (bucket) WHERE own <> first),
    near_sets AS (SELECT id, form, size FROM sets SEMI JOIN (SELECT own AS id FROM pairs UNION ALL SELECT first FROM pairs) USING (id)),
    near_marks AS MATERIALIZED (SELECT id, size, mark FROM near_sets JOIN marks USING (form)),
    overlapping AS MATERIALIZED (
      SELECT own, first, count(*) / (any_value(mine.size) + any_value(other.size) - count(*)) AS overlap
      FROM pairs JOIN near_marks mine ON mine.id = own JOIN near_marks other ON other.id = first AND other.mark = mine.mark
      GROUP BY own, first HAVING overlap >= {bound(alike)}
    ),
    joined AS (SELECT own, min(first) AS id, max(overlap) AS overlap FROM overlapping GROUP BY own),
    in_group AS (
      SELECT own, id, overlap FROM joined UNION ALL
      SELECT id, id, 1 FROM sets WHERE id NOT IN (SELECT own FROM joined) AND (shared OR id IN (SELECT id FROM joined))
    ),
    by_indicators AS (
      SELECT in_group.id, form, round(overlap * 100) AS overlap FROM marked JOIN in_group ON in_group.own = marked.id
    )"""


def _passage_groups(scope: Scope, bound: Bound) -> str:
    """Groups of forms by a passage: by_passage (id, form, passage). Their ends are compared first, the whole of few."""
    texts = " UNION ALL ".join(
        f"SELECT form, passage, department, named, unit FROM (SELECT *, {name} AS passage FROM texts)"
        for name in _PASSAGES
    )
    return f"""
    texts AS MATERIALIZED (
      SELECT {_FORM} AS form, {", ".join(_PASSAGES)}, chosen.department, projects.department AS named, unit
      FROM projects JOIN chosen USING (doc) WHERE {narrowed(scope, bound)}
    ),
    tails AS MATERIALIZED (
      SELECT *, hash(regexp_replace(right(passage, {_TAIL}), '[0-9]+', '', 'g')) AS tail FROM ({texts}) WHERE length(passage) >= {PASSAGE}
    ),
    shared AS (SELECT tail FROM tails GROUP BY tail HAVING min(form) // {_FORMS} <> max(form) // {_FORMS}),
    passages AS MATERIALIZED (
      SELECT form, passage, hash({_plain(_nameless("passage"))}) AS id FROM tails SEMI JOIN shared USING (tail)
    ),
    by_passage AS (
      SELECT id, form, any_value(passage) AS passage FROM passages
      SEMI JOIN (SELECT id FROM passages GROUP BY id HAVING min(form) // {_FORMS} <> max(form) // {_FORMS}) USING (id) GROUP BY id, form
    )"""


def _nameless(text: str) -> str:
    for name in ("department", "named", "unit"):
        text = f"replace({text}, coalesce(nullif({name}, ''), chr(1)), '')"
    return text
