"""Plots: well-formed, told in words, without a colour, a script or a blank line."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.site.plots import (
    LEFT,
    PATTERNS,
    RIGHT,
    WIDTH,
    Direction,
    Mark,
    Stack,
    curves,
    marks,
    stacks,
)

ROWS = [Mark("One & <two>", 0.7, 0.6, 0.8, "0.70", 0.65), Mark("None", None, None, None, "–")]
PLOTS = {
    "marks": marks("m", "A <title>", "one: 0.7", ROWS, (0.7, "needed")),
    "stacks": stacks("s", "Levels", "one: 1 at a", [Stack("One", (1, 0, 30, 2, 7))], list("abcde")),
}


def parsed(plot: str) -> ElementTree.Element:
    return ElementTree.fromstring(plot)


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS.keys())
def test_a_plot_is_one_block_that_says_what_it_shows(plot: str) -> None:
    assert "\n\n" not in plot
    svg = parsed(plot).find("svg")
    assert svg is not None
    assert svg.get("role") == "img"
    named = (svg.get("aria-labelledby") or "").split()
    found = {element.get("id"): element.text for element in svg.iter() if element.get("id")}
    assert all(found[name] for name in named)


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS.keys())
def test_a_plot_needs_no_colour_and_runs_nothing(plot: str) -> None:
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb|hsl|<script|\bon\w+=|style=|href=", plot)


def test_texts_are_escaped() -> None:
    text = "".join(parsed(PLOTS["marks"]).itertext())
    assert "One & <two>" in text
    assert "A <title>" in text


def test_a_value_that_is_not_there_has_no_point() -> None:
    root = parsed(PLOTS["marks"])
    assert len(root.findall(".//circle")) == 1
    assert len(root.findall(".//rect")) == 1


def test_each_level_has_a_pattern_of_its_own_and_its_number_where_it_has_room() -> None:
    root = parsed(PLOTS["stacks"])
    boxes = [box for box in root.iter("rect") if "jt-box" in (box.get("class") or "")]
    looks = [(box.get("class"), box.get("fill")) for box in boxes[-5:]]
    assert len(set(looks)) == len(PATTERNS)
    inside = [t.text for t in root.iter("text") if t.get("class") == "jt-count"]
    assert inside == ["30", "7"]


@given(st.lists(st.integers(min_value=0, max_value=3000), min_size=5, max_size=5))
def test_shares_fill_the_width_and_never_leave_it(counts: list[int]) -> None:
    root = parsed(stacks("s", "t", "d", [Stack("One", counts)], list("abcde")))
    bars = [box for box in root.iter("rect") if box.get("height") == "18"]
    assert len(bars) == sum(bool(count) for count in counts)
    for box in bars:
        x, width = float(box.get("x") or 0), float(box.get("width") or 0)
        assert x >= LEFT
        assert x + width <= WIDTH - RIGHT + 1.0


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_value_beside_the_scale_stands_at_its_end(value: float) -> None:
    root = parsed(marks("m", "t", "d", [Mark("a", value, None, None, "x")]))
    point = root.find(".//circle")
    assert point is not None
    assert LEFT <= float(point.get("cx") or 0) <= WIDTH - RIGHT


def test_the_same_rows_give_the_same_bytes() -> None:
    assert marks("m", "A <title>", "one: 0.7", ROWS, (0.7, "needed")) == PLOTS["marks"]


def test_words_along_an_axis_never_run_into_each_other() -> None:
    decades = [(number / 7, f"{10**number:,}") for number in range(8)]
    drawn = curves("c", "t", "d", Direction("ms", decades), Direction("share", ()), ())
    along = [text for text in parsed(drawn).iter("text") if text.get("text-anchor")][:8]
    said = [(float(text.get("x") or 0), text) for text in along if text.text]
    ends = []
    for x, text in said:
        wide = 5.9 * len(text.text or "")
        end = x if text.get("text-anchor") == "end" else x + wide / 2
        ends.append((end - wide, end))
    assert said[-1][1].text == "10,000,000"
    assert len(said) < len(decades)
    assert all(end < begin for (_, end), (begin, _) in pairwise(ends))
