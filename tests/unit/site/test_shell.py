from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import EngineError
from jobtwin.site.credential_page import Page
from jobtwin.site.shell import DESCRIPTION, SHELL_PATH, TITLE, cut, take

if TYPE_CHECKING:
    from pathlib import Path

BUILT = (
    f'<html><head><title>{TITLE} - Site</title>\n  <link rel="canonical" href="https://x/00/">'
    f'<meta name="description" content="{DESCRIPTION}"></head><body>'
    f'<div data-md-component="skip"><a href="#shell">Skip</a></div><nav>menu</nav>'
    f'<article class="a"><h1>{TITLE}</h1></article><footer>foot</footer></body></html>'
).encode()
PAGE = Page('A "title" <b>', 'Say "no" & <i>', "<h1>Content</h1>")


def test_a_page_takes_head_and_foot_of_the_shell_and_its_own_content() -> None:
    filled = cut(BUILT).fill(PAGE, "<meta>").decode()
    assert '<article id="content" class="a">\n<h1>Content</h1>\n</article><footer>foot' in filled
    assert '<a href="#content" class="md-skip">' in filled
    assert "#shell" not in filled
    assert "<nav>menu</nav>" in filled
    assert "<meta></head>" in filled


def test_title_and_description_are_escaped() -> None:
    filled = cut(BUILT).fill(PAGE).decode()
    assert "<title>A &quot;title&quot; &lt;b&gt; - Site</title>" in filled
    assert 'content="Say &quot;no&quot; &amp; &lt;i&gt;"' in filled
    assert TITLE not in filled
    assert DESCRIPTION not in filled


def test_the_shells_own_address_does_not_stay() -> None:
    assert b"canonical" not in cut(BUILT).fill(PAGE)


def test_a_theme_without_an_article_stops_the_build() -> None:
    with pytest.raises(EngineError, match="article"):
        cut(b"<html></html>")


def test_the_shells_own_page_is_no_part_of_the_site(tmp_path: Path) -> None:
    built = tmp_path / SHELL_PATH
    built.parent.mkdir(parents=True)
    built.write_text("<html><article>its own words</article></html>", "utf-8")
    assert "its own words" not in take(tmp_path).fill(Page("A", "b", "c")).decode()
    assert not built.parent.parent.exists()
