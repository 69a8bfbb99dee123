from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jobtwin.errors import EngineError
from jobtwin.site.write import render, without

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_broken_link_stops_the_build_and_names_the_page(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"index\.md.*nowhere\.md"):
        render(tmp_path, {"index.md": b"# A\n\n[x](nowhere.md)\n"}, {"site_name": "S"}, AS_OF)


def test_pages_carry_the_time_of_the_last_event(tmp_path: Path) -> None:
    settings = {"site_name": "S", "site_url": "https://s.example/"}
    site = render(tmp_path, {"index.md": b"# A\n"}, settings, AS_OF)
    assert "<lastmod>2026-11-21</lastmod>" in (site / "sitemap.xml").read_text("utf-8")


def test_a_sitemap_loses_just_the_entry_that_is_named() -> None:
    entry = "<url>\n <loc>https://s.example/{}/</loc>\n</url>\n"
    sitemap = "<urlset>\n" + entry.format("a") + entry.format("shell") + "</urlset>"
    left = without(sitemap.encode(), "/shell/").decode()
    assert "/a/" in left
    assert "/shell/" not in left
    assert left.endswith("</urlset>")
