"""How /verify looks: three widths, light and dark, kept as pictures in web/build/screenshots.

People look at the pictures; what a program can see of them is asserted here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from tests.attacks.mutations import altered, issued, put
from tests.unit.credential.conftest import INDEX, LIST_URL, SITE, Academy
from tests.web.conftest import WEB, Net
from tests.web.test_verify_page import OWN, PAGE, drop_file, headline, made

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = (360, 768, 1440)
SHIFTED = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 100);
})"""


def show(page: Page, net: Net, state: str) -> None:
    """Bring the page into a state."""
    page.goto(PAGE)
    if state == "empty":
        return
    if state == "revoked":
        net.files[LIST_URL] = Academy().publish(revoked=(INDEX,)).resources[LIST_URL]
    if state == "unknown":
        net.files = {PAGE: net.files[PAGE]}
    change = altered(put("name", "Another")) if state == "forged" else issued()
    drop_file(page, "credential.json", made(change))
    assert headline(page)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["empty", "good", "forged", "revoked", "unknown"])
def test_nothing_is_cut_off_at_any_width(page: Page, net: Net, state: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    show(page, net, state)
    pictures = WEB / "build" / "screenshots"
    pictures.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        picture = pictures / f"verify-{state}-{width}-{scheme}.png"
        page.screenshot(path=picture, full_page=True, animations="disabled")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{state} at {width}"


def test_nothing_moves_while_the_page_arrives(page: Page, net: Net) -> None:
    net.files[OWN] = made(issued(put("id", OWN)))
    page.goto(f"{SITE}/verify/")
    assert page.evaluate(SHIFTED) < 0.01
    page.goto(f"{PAGE}?url={quote(OWN, safe='')}")
    assert headline(page)
    assert page.evaluate(SHIFTED) < 0.1
