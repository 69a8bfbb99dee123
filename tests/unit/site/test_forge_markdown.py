"""Markdown as forges show it: the same as by the renderer's own wrapper, with nothing kept."""

from __future__ import annotations

from pathlib import Path

from cmarkgfm import markdown_to_html_with_extensions  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.site.forge_markdown import html

PIECES = ["# a", "> b", "| a | b |\n|---|---|\n| 1 | *2* |", "- c", "<b>d</b>", "`e`", "**é** ☃"]
PAGE = "\n\n".join(f"## {number}\n\n> {'word ' * 40}" for number in range(40))
MIB = 2**20


@given(st.lists(st.sampled_from(PIECES)).map("\n\n".join) | st.text(max_size=40))
def test_a_comment_is_shown_as_the_wrapper_of_the_renderer_shows_it(markdown: str) -> None:
    markdown = markdown.replace("\0", "")
    assert html(markdown) == markdown_to_html_with_extensions(markdown, extensions=["table"])


def test_html_of_a_comment_is_left_out() -> None:
    assert "script" not in html("<script>alert(1)</script>")


def test_nothing_of_a_page_stays_in_memory() -> None:
    html(PAGE)
    before = resident()
    for _ in range(300):
        html(PAGE)
    assert resident() - before < 5 * MIB


def resident() -> int:
    """Return the bytes that this process has in memory."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * 4096
