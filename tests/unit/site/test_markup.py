from __future__ import annotations

import html
import re

import markdown  # type: ignore[import-untyped] # it has no types
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobtwin.site.markup import (
    authored,
    cards,
    duration,
    headed,
    number,
    paragraphs,
    percent,
    plain,
    table,
)

NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "<http://evil.example>",
    "[a]: http://evil.example",
    "# heading",
    "1. list",
    "- list",
    "> quote",
    "!!! danger",
    "??? note",
    "a | b",
    "**bold** _it_ `code` ~~x~~",
    "{: onclick=alert(1) }",
    "{% raw %}{{ config }}",
    "&lt;script&gt;",
    "*[HTML]: x",
    "---",
    "===",
]
EXTENSIONS = ["admonition", "attr_list", "tables", "pymdownx.details", "pymdownx.superfences"]


def rendered(text: str) -> str:
    return str(markdown.markdown(text, extensions=[*EXTENSIONS, "toc"]))


@pytest.mark.parametrize("text", NASTY)
def test_what_people_write_shows_as_it_is_and_does_nothing(text: str) -> None:
    found = re.fullmatch(r"<p>([^<>]*)</p>", rendered(plain(text)))
    assert found, rendered(plain(text))
    assert html.unescape(found[1]) == text


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1 .)-+*_`[]()<>&!?#|~^{}:=\\\"'\n"), max_size=40))
def test_any_text_becomes_one_paragraph_without_markup(text: str) -> None:
    shown = " ".join(text.split())
    output = rendered(plain(text))
    assert output == "" if not shown else re.fullmatch(r"<p>[^<>]*</p>", output)
    assert html.unescape(re.sub(r"</?p>", "", output)) == shown


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1 .-*_`[]()<>&!#|~^{}\\\n"), max_size=40))
def test_a_twins_text_can_bring_code_but_no_other_markup(text: str) -> None:
    assert set(re.findall(r"<(\w+)", rendered("x " + authored(text)))) <= {"p", "code"}


@pytest.mark.parametrize("text", NASTY)
def test_a_cell_stays_one_cell(text: str) -> None:
    output = rendered(table(("A", "B"), [(plain(text), "end")]))
    assert output.count("<td>") == 2
    assert set(re.findall(r"<(\w+)", output)) == {"table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize("cell", ["–", "[a link](a.md)", "`code`", "**strong**"])
def test_each_cell_of_a_card_says_which_column_it_is_of(cell: str) -> None:
    output = rendered(cards(("Twin", "Until then"), [("One", cell)]))
    assert output.count('<td data-label="Until then">') == 1
    assert output.count("data-label") == 1


def test_code_in_a_twins_text_stays_code() -> None:
    assert authored("see `updates/*.yml` now") == "see `updates/*.yml` now"
    assert "<code>" not in rendered(authored("see `<b>|` now"))


def test_blank_lines_of_a_twins_text_stay() -> None:
    assert paragraphs("one\n\n\ntwo\nthree") == "one\n\ntwo three"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.65, "65%"), (0.075, "7.5%"), (1, "100%"), (0, "0%"), (0.29, "29%")]
)
def test_a_share_has_no_needless_digits(value: float, shown: str) -> None:
    assert percent(value) == shown


def test_figures_and_durations_are_as_people_write_them() -> None:
    assert [number(value) for value in (1.0, 0.12345, 60000, 10)] == ["1", "0.1235", "60,000", "10"]
    assert duration(90) == "90 minutes"
    assert duration(240) == "4 hours"
    assert duration(20160) == "14 days"


@given(st.text(st.characters(exclude_categories=["Cc", "Cn", "Cs"])))
@example("Twin \N{GRINNING FACE}")
def test_a_title_is_kept_as_text_whatever_it_says(title: str) -> None:
    page = headed("# Page\n", title=title)
    before, said, after = page.split("---\n")
    kept = yaml.safe_load(said)["title"]
    assert html.unescape(kept) == " ".join(title.split())
    assert not set('<>"') & set(kept)
    assert (before, after) == ("", "# Page\n")
