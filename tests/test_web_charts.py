"""Charts: areas, angles and widths are the amounts; parts fill their whole; drawings say what they show."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations, pairwise
from math import isclose, pi
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingzhang.amounts import CENT
from mingzhang.web.charts.bars import Bar, bars, lengths
from mingzhang.web.charts.drawing import COLOURS, INK, PAPER, REST, tint
from mingzhang.web.charts.figure import Figure, printed
from mingzhang.web.charts.lines import lines, spread
from mingzhang.web.charts.sankey import balanced, flows, sankey
from mingzhang.web.charts.sunburst import arcs, sunburst
from mingzhang.web.charts.tree import Node, drawable, gathered, numbers, total
from mingzhang.web.charts.treemap import Box, squarified, treemap

AMOUNTS = st.lists(st.decimals("0.01", "100000", places=2), min_size=1, max_size=40)


def nodes(amounts: list[Decimal], prefix: str = "n") -> tuple[Node, ...]:
    return tuple(Node(f"{prefix}{place}", f"科目{place}", amount) for place, amount in enumerate(amounts))


@st.composite
def trees(draw: Any, depth: int = 3) -> Node:
    """A tree whose amounts may be zero or negative, and whose parts may lack something of their whole."""
    key = "r" + "".join(str(draw(st.integers(0, 9))) for _ in range(6))
    if depth == 0 or draw(st.booleans()):
        return Node(key, f"<{key}&>", draw(st.decimals("-10", "1000", places=2)))
    parts = [draw(trees(depth - 1)) for _ in range(draw(st.integers(1, 6)))]
    parts = [Node(f"{key}.{place}", one.label, one.amount, one.parts) for place, one in enumerate(parts)]
    more = draw(st.sampled_from([Decimal(0), Decimal("0.01"), Decimal(500)]))
    return Node(key, f"<{key}&>", total(parts) + more, tuple(parts))


@given(AMOUNTS, st.floats(100, 1000), st.floats(100, 600))
def test_treemap_areas_are_amounts_and_fill_the_box(amounts: list[Decimal], width: float, height: float) -> None:
    ordered = sorted(map(float, amounts), reverse=True)
    box = Box(3, 5, width, height)
    placed = squarified(ordered, box)
    unit = width * height / sum(ordered)
    for amount, one in zip(ordered, placed, strict=True):
        assert isclose(one.width * one.height, amount * unit, rel_tol=1e-6, abs_tol=1e-6)
        assert one.x >= box.x - 1e-6
        assert one.y >= box.y - 1e-6
        assert one.x + one.width <= box.x + width + 1e-6
        assert one.y + one.height <= box.y + height + 1e-6
    for one, other in combinations(placed, 2):
        across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
        down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
        assert min(across, down) <= 1e-6
    assert isclose(sum(one.width * one.height for one in placed), width * height, rel_tol=1e-6)


def test_treemap_refuses_what_has_no_area() -> None:
    with pytest.raises(ValueError, match="0"):
        squarified([1.0, 0.0], Box(0, 0, 1, 1))


@given(AMOUNTS)
def test_small_parts_are_gathered_and_nothing_is_lost(amounts: list[Decimal]) -> None:
    root = Node("all", "合计", sum(amounts, Decimal(0)), nodes(amounts))
    parts = gathered(root, root.amount)
    assert total(parts) == total(root.parts)
    assert len(parts) <= 25
    if len(parts) < len(amounts):
        assert total(parts[-1].parts) == parts[-1].amount


@given(trees())
def test_sunburst_angles_are_amounts_within_their_whole(root: Node) -> None:
    tree = drawable(root)
    drawn = arcs(tree.parts)
    for ring in range(3):
        own = sorted((arc.begin, arc.end) for arc in drawn if arc.ring == ring)
        assert all(after[0] >= before[1] - 1e-9 for before, after in pairwise(own))
    first = [arc for arc in drawn if arc.ring == 0]
    whole = float(total(tree.parts))
    for arc in first:
        assert isclose(arc.end - arc.begin, 2 * pi * float(arc.node.amount) / whole, rel_tol=1e-9)
    assert not first or isclose(first[-1].end, 2 * pi)


@given(AMOUNTS, AMOUNTS)
def test_sankey_takes_in_what_it_gives_out(income: list[Decimal], expense: list[Decimal]) -> None:
    left, right = balanced(nodes(income, "i"), nodes(expense, "e"))
    bound = CENT / 2 * (len(left) + len(right))
    assert abs(total(left) - total(right)) <= bound
    laid = flows(left, right)
    whole = float(max(total(left), total(right)))
    for side in (laid.left, laid.right):
        assert abs(sum(band.height for band in side) - laid.middle) <= laid.middle * float(bound) / whole + 1e-6
        for band in side:
            assert isclose(band.height, laid.middle * float(band.node.amount) / whole, rel_tol=1e-9)
        for before, after in pairwise(side):
            assert after.y >= before.y + before.height - 1e-6
            assert isclose(after.middle, before.middle + before.height, rel_tol=1e-9)
        assert all(band.y + band.height <= laid.height for band in side)


def test_a_difference_is_a_flow_and_rounding_is_none() -> None:
    income, expense = nodes([Decimal(10)]), nodes([Decimal(4), Decimal("5.99")])
    assert balanced(income, expense) == (income, expense)
    _, right = balanced(income, nodes([Decimal(4)]))
    assert right[-1].label == "收入大于支出的差额"
    assert right[-1].amount == 6


@given(st.lists(st.decimals("-1000", "1000", places=2), min_size=1, max_size=20))
def test_bars_are_on_one_scale_on_either_side_of_zero(values: list[Decimal]) -> None:
    zero, placed = lengths(values, 500)
    span = float(max(*values, Decimal(0)) - min(*values, Decimal(0))) or 1.0
    for value, (begin, length) in zip(values, placed, strict=True):
        assert isclose(length, abs(float(value)) * 500 / span, abs_tol=1e-6)
        assert -1e-6 <= begin <= begin + length <= 500 + 1e-6
        assert isclose(begin + length if value < 0 else begin, zero, abs_tol=1e-6)


@given(st.lists(st.floats(0, 200), min_size=1, max_size=6))
def test_names_of_lines_keep_their_distance(wanted: list[float]) -> None:
    placed = spread(sorted(wanted), 17, 20, 220)
    assert all(after - before >= 17 - 1e-6 for before, after in pairwise(placed))
    assert placed[-1] <= 220 + 1e-6


def drawings(figure: Figure) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(text) for view in figure.views for text in (view.wide, view.narrow) if text]


@given(trees())
def test_drawings_are_sound_and_the_numbers_are_all_there(root: Node) -> None:
    for figure in (treemap("t", "树", root), sunburst("s", "环", root)):
        if figure is None:
            assert not any(one.amount > 0 for one in root.parts)
            continue
        assert len(figure.rows) == len(list(numbers(root)))
        ids = {view.id for view in figure.views}
        for drawing in drawings(figure):
            assert drawing.get("aria-label")
            for element in drawing.iter():
                assert not set(element.keys()) & {"style", "onclick", "class"} or element.get("class") == "part"
                if element.get("class") == "part":
                    assert element[0].tag.endswith("title")
                    assert "万元，占" in (element[0].text or "")
                    href = element.get("href")
                    assert href is None or href[1:] in ids
                for name in ("width", "height", "x", "y"):
                    assert float(element.get(name) or 0) >= 0
        assert all(view.up in ids for view in figure.views[1:])


def test_one_part_and_one_large_part_are_drawn() -> None:
    alone = Node("all", "合计", Decimal(5), nodes([Decimal(5)]))
    large = Node("all", "合计", Decimal(100), nodes([Decimal(97), *[Decimal("0.1")] * 30]))
    for root in (alone, large):
        for figure in (treemap("t", "树", root), sunburst("s", "环", root), sankey("k", "流", root, root)):
            assert figure
            assert drawings(figure)
    figure = treemap("t", "树", large)
    assert figure
    assert [view.title for view in figure.views] == ["", "其余30项", "其余6项"]


def test_nothing_to_draw_is_no_figure() -> None:
    empty = Node("all", "合计", Decimal(0), nodes([Decimal(0), Decimal(-3)]))
    assert treemap("t", "树", empty) is None
    assert sunburst("s", "环", empty) is None
    assert sankey("k", "流", empty, empty) is None
    assert bars("b", "条", []) is None
    assert lines("l", "线", {"甲": {2026: Decimal(1)}}) is None


def test_lines_do_not_join_over_a_missing_year() -> None:
    figure = lines("l", "线", {"甲": {2023: Decimal(1), 2024: Decimal(2), 2026: Decimal(-3)}})
    assert figure
    [wide, _] = drawings(figure)
    joined = [one for one in wide if one.tag.endswith("line") and one.get("stroke-width")]
    assert len(joined) == 1
    assert [row.amount for row in figure.rows] == [printed(Decimal(one)) for one in (1, 2, -3)]


def test_a_bar_says_what_it_is() -> None:
    figure = bars("b", "条", [Bar("甲局", Decimal("-12.5"), "3.00%", "一、类")])
    assert figure
    assert "一、类 甲局：-12.50万元，占3.00%" in figure.views[0].wide


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [*COLOURS, REST])
def test_texts_can_be_read_on_every_colour(colour: str) -> None:
    assert contrast(colour, PAPER) >= 4.5
    assert contrast(tint(colour, 2), INK) >= 4.5
