"""What is shared shows its own picture, by addresses that hold anywhere; every picture is true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from scripts import previews as drawing
from tests.unit.site.conftest import URL, make_issuer

from jobtwin.site.previews import Previews
from jobtwin.site.shell import SHELL_PATH

if TYPE_CHECKING:
    from pathlib import Path

SHARED = Previews(make_issuer('An "academy"'), {"site", "jt-rag-1"})
PAGE = (
    "<html><head><title>A &amp; B</title>"
    '<meta name="description" content="Short &lt;3"></head><body></body></html>'
)


def _said(html: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([^"]*)" content="([^"]*)">', html))


def test_every_picture_shows_what_the_records_say_now() -> None:
    shown = dict(drawing.previews())
    stale = [path.name for path, drawn in shown.items() if not drawing.is_same(path, drawn)]
    assert stale == [], "run: .venv/bin/python scripts/previews.py"
    assert {path.name for path in drawing.PREVIEWS.iterdir()} == {path.name for path in shown}


def test_pictures_have_the_size_that_they_are_told_to_have_and_are_small() -> None:
    for path in drawing.PREVIEWS.iterdir():
        with Image.open(path) as picture:
            assert picture.size == drawing.SIZE
        assert path.stat().st_size < 40_000


def test_a_picture_is_drawn_alike_every_time() -> None:
    badge = drawing.ROOT / "twins" / "jt-rag-1" / "badge.png"
    once, again = (drawing.draw(drawing.SITE, badge) for _ in range(2))
    assert drawing.to_png(once) == drawing.to_png(again)


def test_the_tags_of_a_page_are_escaped_and_name_whole_addresses() -> None:
    said = _said(SHARED.tags("credentials/7f/7f", 'A "title"', "<b>", "jt-rag-1"))
    assert said["og:title"] == "A &quot;title&quot;"
    assert said["og:description"] == "&lt;b&gt;"
    assert said["og:site_name"] == "An &quot;academy&quot;"
    assert said["og:url"] == f"{URL}/credentials/7f/7f/"
    assert said["og:image"] == f"{URL}/previews/jt-rag-1.png"
    assert (said["og:image:width"], said["og:image:height"]) == tuple(map(str, drawing.SIZE))
    assert said["twitter:card"] == "summary_large_image"


@pytest.mark.parametrize(
    ("path", "picture"),
    [
        ("twins/jt-rag-1/index.html", "jt-rag-1"),
        ("twins/jt-new/index.html", "site"),
        ("index.html", "site"),
    ],
)
def test_a_rendered_page_shows_its_twins_picture_or_that_of_the_site(
    tmp_path: Path, path: str, picture: str
) -> None:
    page = tmp_path / path
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(PAGE, "utf-8")
    SHARED.add(tmp_path)
    said = _said(page.read_text("utf-8"))
    assert said["og:image"] == f"{URL}/previews/{picture}.png"
    assert (said["og:title"], said["og:description"]) == ("A &amp; B", "Short &lt;3")
    assert said["og:url"] == f"{URL}/{path.removesuffix('index.html')}"


@pytest.mark.parametrize("name", ["404.html", SHELL_PATH])
def test_what_nobody_shares_has_no_tags(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(PAGE, "utf-8")
    SHARED.add(tmp_path)
    assert (tmp_path / name).read_text("utf-8") == PAGE


def test_without_pictures_there_are_words_and_without_an_address_nothing() -> None:
    plain = Previews(SHARED.issuer, ()).tags("verify", "Verify", "It is.")
    assert "og:image" not in plain
    assert 'content="summary"' in plain
    assert Previews(None, {"site"}).tags("verify", "Verify", "It is.") == ""
