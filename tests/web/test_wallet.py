"""The wallet gets the very credential that was signed, however often it decodes the address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

ORIGIN = "https://academy.example"
SIGNED = '{"name": "90 % & more + \\"π\\" %2B", "weight": 1.0, "at": "2026-03-02T18:30:00+01:00"}\n'
PAGE = (
    '<ul><li data-wallet hidden><a href="credential.json">Open it</a></li></ul>'
    '<script src="wallet.js" defer></script>'
)

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser: Browser, pytestconfig: pytest.Config) -> Page:
    script = (pytestconfig.rootpath / "docs/javascripts/wallet.js").read_text("utf-8")
    files = {"/": PAGE, "/wallet.js": script, "/credential.json": SIGNED}
    opened = browser.new_page()

    def answer(route: Route) -> None:
        content = files.get(route.request.url.removeprefix(ORIGIN))
        kind = "text/javascript" if route.request.url.endswith(".js") else "text/html"
        route.fulfill(status=200 if content else 404, body=content or "", content_type=kind)

    opened.route("**/*", answer)
    opened.goto(f"{ORIGIN}/")
    return opened


def _offered(page: Page) -> str:
    page.get_by_role("link").click()
    page.wait_for_function("document.querySelector('a').protocol === 'dccrequest:'")
    href = page.get_by_role("link").get_attribute("href")
    assert href is not None
    scheme, _, written = href.partition("?request=")
    assert scheme == "dccrequest://request"
    return written


@pytest.mark.parametrize("decodings", [1, 2])
def test_the_offer_holds_the_credential(page: Page, decodings: int) -> None:
    written = _offered(page)
    for _ in range(decodings):
        written = unquote(written.replace("+", " "), errors="strict")
    offer = json.loads(written)
    assert offer["credentialRequestOrigin"] == ORIGIN
    assert offer["verifiablePresentation"]["verifiableCredential"] == [json.loads(SIGNED)]
    assert '"weight": 1.0' in written


def test_nothing_is_fetched_before_somebody_asks_for_it(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(200)
    assert asked == []
    _offered(page)
    assert asked[0] == f"{ORIGIN}/credential.json"


def test_without_scripts_the_link_is_not_there(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE, "utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    assert page.get_by_text("Open it").is_hidden()
