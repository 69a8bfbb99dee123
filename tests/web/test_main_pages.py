"""The other pages in a browser: no serious barrier, and the name goes along to /verify."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.site.conftest import passed, twin
from tests.unit.site.test_dossiers import Published, published
from tests.web.cases import NAME, SALT
from tests.web.conftest import ROOT, WEB

from jobtwin.records import layout

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["passed", "published", "twin"]
"""Fixtures of the tests of pages: pytest finds them by their names here."""

SERIOUS = ("serious", "critical")


@pytest.mark.slow
def test_axe_finds_nothing_serious_on_the_main_pages(
    published: Published,
    tmp_path: Path,
    browser: Browser,
    served: Callable[[Path], str],
) -> None:
    axe = WEB / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed: scripts/web")
    published.keep()
    base = served(published.build(tmp_path / "site").out)
    credential = f"{layout.credential(published.played.credential)}/"
    found: list[Any] = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme, reduced_motion="reduce")
        for path in ("", "twins/", "issuer/", "mentors/", credential, "404.html"):
            page.goto(f"{base}/{path}")
            page.evaluate(axe.read_text("utf-8"))
            told = page.evaluate("axe.run().then((found) => found.violations)")
            wrong = [one for one in told if one["impact"] in SERIOUS]
            found += [(scheme, path, one["id"], one["nodes"][0]["html"]) for one in wrong]
        page.close()
    assert found == []


def test_whoever_goes_on_to_verify_takes_the_name_along(browser: Browser, tmp_path: Path) -> None:
    script = (ROOT / "docs" / "javascripts" / "holder.js").read_text("utf-8")
    link = '<a data-verify href="../verify/index.html?url=x">Verify</a>'
    (tmp_path / "page.html").write_text(f"<!doctype html>{link}<script>{script}</script>")
    page = browser.new_page()
    page.goto(f"{(tmp_path / 'page.html').as_uri()}#name={NAME}&salt={SALT}")
    href = page.evaluate("document.querySelector('a').href")
    page.close()
    assert href.endswith(f"?url=x#name={NAME.replace(' ', '%20')}&salt={SALT}")
