"""The report's page: everything in words too, safe, and the same bytes every time."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.records import report as reports
from jobtwin.records.report import Axis, Curves, Measure, Needed, Report, Row, Rows, Series
from jobtwin.site.plots import style
from jobtwin.site.report_page import kept, quantity, report_page, shown

PROJECT = Path(__file__).parents[3]
EVIL = '<script>alert("1")</script>&'
MEASURES = (
    Measure(
        metric="cost",
        title="Cost",
        unit="usd",
        value=0.0000583,
        needed=Needed(comparator="<=", value=0.0006),
        met=True,
    ),
    Measure(metric="p99", title="p99", unit="milliseconds", value=1588.3),
)


def made(title: str = "By kind") -> Report:
    """Return a report with a plot of each sort, all texts of which say `title`."""
    needed = Needed(comparator="<=", value=800)
    times = tuple((float(2**n), n / 12) for n in range(13))
    return Report(
        format=1,
        twin="jt-some-9",
        version="1.0",
        title=title,
        outcome="timed_out",
        figures=MEASURES,
        plots=(
            Rows(
                title=title,
                about=title,
                rows=(
                    Row(label=title, value=0.81, low=0.7, high=0.9, among=24),
                    Row(label="nothing", needed=Needed(value=0.5)),
                ),
            ),
            Curves(
                title=title,
                about=title,
                x=Axis(title=title, unit="milliseconds", logarithmic=True, needed=needed),
                y=Axis(title="Share"),
                series=(Series(name=title, points=times), Series(name="none", points=())),
            ),
        ),
    )


class _Seen(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_the_page_is_the_same_bytes_each_time_and_needs_nothing_else() -> None:
    page = report_page(made())
    assert page == report_page(reports.read(reports.write(made())))
    assert not re.search(rb"<script|<link|<img|src=|href=|url\(|@import|https?:", page)
    assert b"default-src 'none'" in page


def test_hostile_words_are_only_shown() -> None:
    page = report_page(made(EVIL)).decode()
    seen = _Seen(page)
    assert "script" not in seen.tags
    assert seen.words.count(EVIL) > 5


def test_every_value_of_a_plot_stands_in_a_table_too() -> None:
    rows, curves = shown(made())
    assert rows.rows == (
        ("By kind", "0.81", "0.7 to 0.9", "24", "–"),
        ("nothing", "–", "–", "–", "at least 0.5"),
    )
    assert curves.rows[-1] == ("By kind", "4,096 ms", "1")


def test_ticks_of_small_amounts_can_be_told_apart() -> None:
    costs = Rows(title="Cost", about="Each.", unit="usd", rows=(Row(label="a", value=0.0002),))
    (plot,) = shown(made().model_copy(update={"plots": (costs,)}))
    ticks = re.findall(r'text-anchor="(?:start|middle|end)">([^<]+)</text>', plot.drawn)
    assert ticks[:5] == ["0", "0.00005", "0.0001", "0.00015", "$0.0002"]


def test_plots_of_one_page_share_no_id() -> None:
    ids = _Seen(report_page(made()).decode()).ids
    assert len(ids) == len(set(ids)) == 4


def test_every_figure_stands_beside_its_bar() -> None:
    words = _Seen(report_page(made()).decode()).words
    cost = words.index("Cost")
    shown_words = [word for word in words[cost:] if word][:4]
    assert shown_words == ["Cost", "$0.0000583", "at most $0.0006", "met"]


def test_a_report_that_a_credential_names_is_told_by_its_digest() -> None:
    content = reports.write(made())
    found = kept(content, "evidence/aa/evaluation.json")
    assert (found.title, found.file.bytes) == ("By kind", len(content))
    assert found.file.digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.8125, "fraction", "0.8125"),
        (41.0, "minutes", "41 min"),
        (1588.34, "milliseconds", "1,588 ms"),
        (0.000058312, "usd", "$0.00005831"),
        (2.0, "usd", "$2"),
        (300.0, "count", "300"),
        (None, "count", "–"),
    ],
)
def test_a_value_is_said_with_its_unit(value: float | None, unit: str, said: str) -> None:
    assert quantity(value, unit) == said  # type: ignore[arg-type]


@given(
    st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from(["fraction", "usd", "milliseconds"]),
)
def test_any_values_have_a_place_inside_the_plot(
    values: list[float], logarithmic: bool, unit: str
) -> None:
    points = tuple((value, -value) for value in values)
    axis = Axis(title="x", logarithmic=logarithmic, unit=unit)  # type: ignore[arg-type]
    plot = Curves(
        title="t", about="a", x=axis, y=Axis(title="y"), series=(Series(name="s", points=points),)
    )
    rows = Rows(
        title="t", about="a", unit="count", rows=tuple(Row(label="r", value=v) for v in values)
    )
    drawn = "".join(one.drawn for one in shown(made().model_copy(update={"plots": (plot, rows)})))
    places = [float(place) for place in re.findall(r'\bc[xy]="([-0-9.]+)"', drawn)]
    assert places
    assert all(0 <= place <= 1000 for place in places)


def test_plots_look_the_same_alone_and_on_the_site() -> None:
    rules = style().decode("utf-8")
    assert ".jt-plot svg" in rules
    assert rules.strip() in report_page(made()).decode("utf-8")
    assert ".jt-plot svg" not in (PROJECT / "docs/stylesheets/jobtwin.css").read_text("utf-8")
