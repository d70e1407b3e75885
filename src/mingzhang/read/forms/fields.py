"""The head of a project's form: name, department, unit, attribute, period, and its texts.

A name that stands in one clear cell stays as printed. One that a damaged scan has cut apart is put together, and where
the project rows of the tables have one of the same amount that it resembles, that one is taken. The repair is marked
and the printed text kept; too little resemblance gives no name, only a suggestion.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from mingzhang.read.forms.funds import is_known
from mingzhang.read.forms.labels import SIMPLE, Labels, chinese, shared
from mingzhang.read.forms.lines import Seen, Token, Value, provenance, slot_names, slot_pattern
from mingzhang.read.forms.rows import Filled
from mingzhang.read.printed import close_up, fold, likeness, read_amount

_PERIOD = re.compile(r"\d{1,2}年")
_CODE = re.compile(r"(?<!\d)(\d{3,9})\s*[-—–－一\s]\s*(?=[一-鿿])")
_PIECE = re.compile(r"[一-鿿]|\d\W*$")
_CUT_OFF = re.compile(r"[一-鿿]|\d{2,}")
_ANY_BLANK = re.compile(r"\s")
_NUMERALS = re.compile(r"[\d一二三四五六七八九十]")
# How much of a known name a cut or misread one must show.
_RESEMBLES = 0.4
# How much a name that several cells make must be like the known one.
_SAME = 0.85
_LONGEST_NAME = 40
# A line with more labels than this is several merged into one: no name can be told from it.
_JUMBLE = 4
_UNIT_RESEMBLES = 0.7
_ATTRIBUTE_RESEMBLES = 0.72
_BY_TABLE = "按项目支出预算表校正"
_CUT = "拼合被表格线切断的文字"
_OTHERS_LEFT_OUT = "略去旁边单元格里的杂物"
_BY_UNIT = "按单位名单校正"


class KnownProject(Struct, frozen=True):
    """A project row of the tables: its amount in 万元, and whether it is money carried over."""

    name: str
    unit: str
    amount: Decimal
    carryover: bool = False


class Known(Struct, frozen=True):
    """What the document's tables tell about its forms."""

    department: str = ""
    department_code: str = ""
    units: tuple[str, ...] = ()
    projects: tuple[KnownProject, ...] = ()

    @property
    def amounts(self) -> tuple[Decimal, ...]:
        """The projects' amounts in yuan."""
        return tuple(project.amount * 10000 for project in self.projects)


_NOTHING = Value("", None)


def project_name(form: Filled, amounts: Iterable[Decimal], known: Known) -> Value:
    """The project's name, told with the help of the project rows that have one of its amounts (yuan)."""
    tokens = form.slots.get("{name}", [])
    candidates = _same_amount(tuple(amounts), known)
    if tokens and (not form.damaged or (len(tokens) == 1 and form.labels.get("{name}"))):
        names = (project.name for project in known.projects)
        return _in_cells(tokens, names, [one.name for one in candidates], "name")
    line = form.lines.get(form.declared.row_of["{name}"].number)
    if not tokens or (line and len(line.hits) > _JUMBLE):
        return _nameless(form, candidates)
    exact = {fold(project.name): project.name for project in known.projects}
    for token in tokens:
        if fold(token.text) in exact:
            return _value(tokens, close_up(token.text), "name", _CUT if len(tokens) > 1 else "", 0.95)
    printed = _name_pieces(tokens, form)
    raw = chinese("".join(token.text for token in printed))
    scored = [(shared(raw, chinese(project.name)), project.name) for project in candidates]
    score, name = max(scored, default=(0.0, ""))
    if score >= _RESEMBLES:
        same = fold(name) == fold("".join(token.text for token in printed))
        repair = _CUT if same else _BY_TABLE
        return _value(tokens, close_up(name), "name", repair, 0.9 if score > 0.8 else 0.6)
    if candidates or not printed:
        return _value(tokens, "", "name", confidence=0.2, suggested=name or _only(candidates))
    return _value(tokens, _overlapping(printed), "name", _CUT if len(printed) > 1 else "", 0.5)


def _in_cells(tokens: Sequence[Token], names: Iterable[str], near: Sequence[str], column: str) -> Value:
    """A name that stands in cells of a clean form: in one as printed, in several the known name that they make.

    `names` are all that are known, `near` those that come first, and of which one may be nearly the same.
    """
    whole = close_up("".join(token.text for token in tokens))
    if len(tokens) == 1:
        return _value(tokens, whole, column)
    ways = [(whole, ""), (_overlapping(tokens), _CUT), *((close_up(one.text), _OTHERS_LEFT_OUT) for one in tokens)]
    for known in (set(map(fold, near)), set(map(fold, names))):
        for text, repair in ways:
            if fold(text) in known:
                return _value(tokens, text, column, repair, 0.9 if repair else 1.0)
    scored = [(likeness(fold(whole), fold(name)), name) for name in near if _same_numerals(whole, name)]
    score, name = max(scored, default=(0.0, ""))
    if score >= _SAME:
        return _value(tokens, close_up(name), column, _BY_TABLE, 0.8)
    return _value(tokens, whole, column)


def _name_pieces(tokens: Sequence[Token], form: Filled) -> list[Token]:
    """The pieces of a cut name: from the first with some Chinese in the column of values on, without slivers."""
    line = form.lines.get(form.declared.row_of["{name}"].number + 1)
    column = next((token.column for token in line.tokens if _CODE.search(token.text)), 0) if line else 0
    pieces = [token for token in tokens if token.column >= column and len(token.text) <= _LONGEST_NAME]
    first = next((at for at, token in enumerate(pieces) if len(chinese(token.text)) > 1), len(pieces))
    found = [token for token in pieces[first:] if _PIECE.search(token.text)]
    if (
        first
        and found
        and pieces[first - 1].column + 1 == found[0].column
        and _CUT_OFF.fullmatch(pieces[first - 1].text)
    ):
        found.insert(0, pieces[first - 1])
    return found


def _nameless(form: Filled, candidates: Sequence[KnownProject]) -> Value:
    if not candidates:
        return _NOTHING
    first = form.first._replace(text="")
    return Value("", provenance([first], Seen(column="name", suggested=_only(candidates), confidence=0.2)))


def _only(candidates: Sequence[KnownProject]) -> str:
    names = {project.name for project in candidates}
    return next(iter(names)) if len(names) == 1 else ""


def _same_amount(amounts: Iterable[Decimal], known: Known) -> list[KnownProject]:
    printed = {amount for amount in amounts if amount}
    return [
        project
        for project, amount in zip(known.projects, known.amounts, strict=True)
        if any(is_known(one, [amount]) for one in printed)
    ]


def _overlapping(tokens: Sequence[Token]) -> str:
    """Pieces one behind the other, characters that both of two neighbours have read once only."""
    text = ""
    for token in tokens:
        piece = close_up(token.text)
        size = next((size for size in range(min(len(text), len(piece), 3), 0, -1) if text.endswith(piece[:size])), 0)
        text += piece[size:]
    return text


def department(form: Filled, known: Known) -> tuple[Value, Value]:
    """The department's code and name, which one cell holds."""
    slot = next((slot for slot in form.slots if "department" in slot_names(slot)), "")
    tokens = form.slots.get(slot, [])
    if not tokens:
        return _NOTHING, _NOTHING
    text = "".join(token.text for token in tokens)
    if not form.damaged:
        match = slot_pattern(slot).fullmatch(text)
        values = dict(zip(slot_names(slot), match.groups(), strict=True)) if match else {"department": text}
        return (
            _value(tokens, values.get("department_code", "").strip(), "department_code"),
            _value(tokens, close_up(values["department"]), "department"),
        )
    text = " ".join(token.text for token in tokens)
    code = _CODE.search(text)
    found = code[1] if code else ""
    sure = found if not known.department_code or found == known.department_code else ""
    name = _resembling(tokens, text[code.end() :] if code else text, (known.department,), "department")
    return _value(
        tokens, sure, "department_code", confidence=0.9, suggested="" if sure else known.department_code
    ), name


def unit(form: Filled, known: Known) -> Value:
    """The unit that carries the project out."""
    tokens = form.slots.get("{unit}", [])
    if tokens and not form.damaged:
        return _in_cells(tokens, known.units, known.units, "unit")
    names = known.units or (known.department,)
    if tokens:
        return _resembling(tokens, "".join(token.text for token in tokens), names, "unit")
    line = form.lines.get(form.declared.row_of["{unit}"].number) if form.damaged else None
    code = next((at for at, token in enumerate(line.tokens) if _CODE.search(token.text)), None) if line else None
    if line is None or code is None or not line.tokens[code + 2 :]:
        return _NOTHING
    rest = line.tokens[code + 2 :]
    return _resembling(rest, "".join(token.text for token in rest[-2:]), names, "unit")


def _resembling(tokens: Sequence[Token], text: str, names: Sequence[str], column: str) -> Value:
    """The known name that a damaged text is, else the text if one cell holds it."""
    printed = close_up(text)
    if fold(printed) in map(fold, names):
        return _value(tokens, printed, column, _CUT if len(tokens) > 1 else "", 0.95)
    scored = [(_resemblance(chinese(printed), chinese(name)), name) for name in names if _same_numerals(printed, name)]
    score, name = max(scored, default=(0.0, ""))
    if score >= _UNIT_RESEMBLES:
        return _value(tokens, name, column, _BY_UNIT, 0.8)
    if any(names) or not chinese(printed):
        return _value(tokens, "", column, confidence=0.2, suggested=name)
    return _value(tokens, _overlapping(tokens), column, _CUT if len(tokens) > 1 else "", 0.5)


def _resemblance(printed: str, name: str) -> float:
    """How like a name a text is; what stands before it in the same cell counts little."""
    around = shared(printed, name) if len(name) <= len(printed) <= 2 * len(name) else 0.0
    return max(likeness(printed, name), around)


def _same_numerals(printed: str, name: str) -> bool:
    """Whether both names have the same numerals, for No. 1 school is never No. 2 school; slivers read as digits aside."""
    numerals = set(_NUMERALS.findall(name))
    return numerals == {one for one in _NUMERALS.findall(printed) if numerals or not one.isascii()}


def attribute(form: Filled, attributes: Labels) -> Value:
    """The project's attribute: as printed, in a damaged scan the one of the family's words that it is."""
    tokens = form.slots.get("{attribute}", [])
    if not tokens:
        return _NOTHING
    text = close_up("".join(token.text for token in tokens))
    if not form.damaged or attributes.is_clean(text):
        return _value(tokens, text, "attribute")
    pieces = [token.text for token in tokens]
    pairs = [first + second for first, second in itertools.pairwise(pieces)]
    found, score = max((attributes.near(close_up(piece)) for piece in (*pieces, *pairs)), key=lambda near: near[1])
    if score >= _ATTRIBUTE_RESEMBLES:
        return _value(tokens, found, "attribute", "" if score == 1 else _CUT, 0.8)
    return _value(tokens, "", "attribute", confidence=0.2, suggested=found if score > 0.5 else "")


def period(form: Filled) -> Value:
    """The project's period, which may stand on a loose line."""
    tokens = form.slots.get("{period}", [])
    text = close_up("".join(token.text for token in tokens))
    if tokens and not form.damaged:
        alone = [token.text for token in tokens if _PERIOD.fullmatch(token.text)]
        if len(alone) == 1 < len(tokens):
            return _value(tokens, alone[0], "period", _OTHERS_LEFT_OUT, 0.9)
        return _value(tokens, text, "period")
    near = list(tokens)
    if form.damaged and not tokens and "{period}" in form.declared.row_of:
        line = form.lines.get(form.declared.row_of["{period}"].number)
        near = line.tokens[-2:] if line else []
    for piece in (*(token.text for token in reversed(near)), text, "".join(token.text for token in near[-2:])):
        if match := _PERIOD.fullmatch(_ANY_BLANK.sub("", piece)):
            return _value(near, match[0], "period", "" if piece != text else _CUT, 0.9)
    for line in form.loose:
        if not tokens and len(line.tokens) == 1 and _PERIOD.fullmatch(line.tokens[0].text):
            return _value(line.tokens, line.tokens[0].text, "period")
    return _value(near, "", "period", confidence=0.2) if near else _NOTHING


def prose(form: Filled, key: str) -> Value:
    """A text of the form, with what a page break has put on lines of its own."""
    tokens = form.slots.get(f"{{{key}}}", [])
    if not tokens:
        return _NOTHING
    text = "".join(token.text for token in tokens)
    if form.damaged:
        text = text.translate(SIMPLE)
    return _value(tokens, text.strip(), key, _CUT if len(tokens) > 1 else "", 0.5 if form.damaged else 1.0)


def overall_values(form: Filled, slot: str, counted: re.Pattern[str]) -> Iterator[tuple[str, Value]]:
    """The entries of an overall form that one slot holds; a count without its measure word."""
    tokens = form.slots.get(slot, [])
    if not tokens:
        return
    label = form.labels.get(slot, "")
    text = "".join(token.text for token in tokens)
    if slot in form.declared.numeric:
        amount = read_amount(text)
        if amount is not None:
            found = _value(tokens, f"{amount.value:f}", label, amount.repair, amount.confidence)
            yield slot_names(slot)[0], found
        return
    match = slot_pattern(slot).fullmatch(text)
    values = match.groups() if match else ["", text][-len(slot_names(slot)) :]
    for name, value in zip(slot_names(slot), values, strict=True):
        count = counted.fullmatch(value)
        yield name, _value(tokens, count[1] if count else value.strip(), label)


def _value(
    tokens: Sequence[Token], text: str, column: str, repair: str = "", confidence: float = 1.0, suggested: str = ""
) -> Value:
    seen = Seen("", column, repair, suggested, confidence)
    return Value(text, provenance(tokens, seen), tuple(tokens))
