from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import EngineError
from jobtwin.site.write import clean, render, without

if TYPE_CHECKING:
    from pathlib import Path


def test_a_broken_link_stops_the_build_and_names_the_page(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"index\.md.*nowhere\.md"):
        render(tmp_path, {"index.md": b"# A\n\n[x](nowhere.md)\n"}, {"site_name": "S"})


def test_the_sitemap_names_pages_and_no_moment(tmp_path: Path) -> None:
    settings = {"site_name": "S", "site_url": "https://s.example/"}
    site = render(tmp_path, {"index.md": b"# A\n"}, settings)
    clean(site, "/nowhere/")
    sitemap = (site / "sitemap.xml").read_text("utf-8")
    assert "https://s.example/" in sitemap
    assert "lastmod" not in sitemap


def test_a_sitemap_loses_just_the_entry_that_is_named() -> None:
    entry = "<url>\n <loc>https://s.example/{}/</loc>\n</url>\n"
    sitemap = "<urlset>\n" + entry.format("a") + entry.format("shell") + "</urlset>"
    left = without(sitemap.encode(), "/shell/").decode()
    assert "/a/" in left
    assert "/shell/" not in left
    assert left.endswith("</urlset>")
