"""Every kind of page in a browser: for every eye and hand, at every width, with or without scripts.

Pictures of the same kinds are taken by `scripts/screenshots.py`, for people to look at.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from scripts.screenshots import KINDS, TRACK, WIDTHS, pages_of, served
from tests.conftest import Organisation, beginning, found_at, issuer, project_files
from tests.journeys.test_track_on_the_site import Stage
from tests.unit.site.conftest import Passed, make_mentor
from tests.unit.site.conftest import twin as _twin
from tests.unit.site.test_dossiers import Published
from tests.web.cases import NAME, SALT
from tests.web.conftest import ROOT, WEB

from jobtwin.acts.audit import audit
from jobtwin.acts.build import build
from jobtwin.records import layout
from jobtwin.records.base import load, write
from jobtwin.records.intake import StartRequest
from jobtwin.repository.ledger import Ledger
from jobtwin.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

twin = _twin
"""pytest finds a fixture by its name here."""
REPOSITORY = "https://github.com/academy/records"
SERIOUS = ("serious", "critical")
SHIFTED = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 100);
})"""
HEADINGS = """() => [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")]
  .filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]))"""
LIFTED = "[...document.querySelectorAll('[tabindex]')].filter((one) => one.tabIndex > 0).length"
OVERHANG = """() => [...document.querySelectorAll(".md-typeset__scrollwrap")]
  .map((one) => one.scrollWidth - one.clientWidth)"""
IS_LABELLED = "(one) => getComputedStyle(one, '::before').content.includes(one.dataset.label)"
MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const style = getComputedStyle(one);
  const times = `${style.transitionDuration},${style.animationDuration}`.split(",");
  return times.some((time) => parseFloat(time) > 0.001);
}).map((one) => one.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, twin: Any) -> Path:
    """A site with every kind of page, and the report of its own audit."""
    root = tmp_path_factory.mktemp("kinds")
    files = project_files("docs") | {
        "mkdocs.yml": (ROOT / "mkdocs.yml").read_bytes(),
        layout.ISSUER: write(issuer().model_copy(update={"repository": REPOSITORY})),
        layout.mentor("mira"): write(make_mentor("Mira")),
    }
    forge = found_at(root / "forge", files)
    with Tree(forge.origin, "refs/heads/main") as main:
        tree_id = main.tree_id(f"twins/{twin.id}")
    played = Passed(twin, tree_id, "Clear and honest.", public_record=True).play()
    made = beginning()
    published = Published(Organisation(forge, made.holders, made.gold_public), played)
    published.keep()
    report = f"{audit(forge.origin).json()}\n".encode()
    with Tree(forge.origin, "refs/heads/main") as tree:
        return build(Ledger(tree), root / "site", audited=report).out


@pytest.fixture(scope="module")
def of_track(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with the credential of a track."""
    root = tmp_path_factory.mktemp("track")
    (root / "play").mkdir()
    return Stage(root).site


@pytest.fixture(scope="module")
def pages(site: Path, of_track: Path) -> Iterator[dict[str, str]]:
    """Each kind of page, with the address of one."""
    with served(site) as base, served(of_track) as other:
        found = {kind: base + path for kind, path in pages_of(site, KINDS).items()}
        found |= {kind: other + path for kind, path in pages_of(of_track, [TRACK]).items()}
        yield {kind: found[kind] for kind in KINDS if kind in found}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a profile of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.slow
def test_the_site_has_every_kind_of_page(pages: dict[str, str]) -> None:
    assert list(pages) == list(KINDS)


@pytest.mark.slow
def test_every_page_that_is_shared_names_a_picture_that_the_site_has(
    site: Path, pages: dict[str, str], page: Page
) -> None:
    for kind, url in pages.items():
        page.goto(url)
        tags = page.locator("meta[property='og:image']")
        if kind == "not-found":
            assert tags.count() == 0
            continue
        picture = tags.get_attribute("content") or ""
        assert picture.startswith(f"{issuer().url}/previews/"), kind
        assert (site / picture.removeprefix(f"{issuer().url}/")).is_file(), kind
        own = "jt-incident-4" in picture
        assert own == (kind in {"brief", "credential", "attempt"}), kind


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_serious_on_any_kind_of_page(
    pages: dict[str, str], browser: Browser, scheme: Any, width: int
) -> None:
    axe = WEB / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed: scripts/web")
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page, found = context.new_page(), []
    for kind, url in pages.items():
        page.goto(url)
        page.evaluate(axe.read_text("utf-8"))
        told = page.evaluate("axe.run().then((found) => found.violations)")
        wrong = [one for one in told if one["impact"] in SERIOUS]
        found += [(kind, one["id"], [n["html"][:200] for n in one["nodes"]][:3]) for one in wrong]
    context.close()
    assert found == []


@pytest.mark.slow
def test_no_page_is_wider_than_its_window_or_moves_while_it_arrives(
    pages: dict[str, str], page: Page
) -> None:
    found = []
    for kind, url in pages.items():
        page.goto(url)
        if page.evaluate(SHIFTED) > 0.1:
            found.append((kind, "moves"))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append((kind, str(width)))
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["queue", "learner"])
def test_on_a_phone_a_wide_table_shows_cards_and_is_read_aloud_as_a_table(
    pages: dict[str, str], page: Page, kind: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(pages[kind])
    assert page.evaluate(OVERHANG) == [0]
    assert page.locator("td[data-label]").first.evaluate(IS_LABELLED)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(node["role"]["value"] for node in tree if not node["ignored"])
    columns = page.locator("thead th").count()
    assert (roles["table"], roles["columnheader"]) == (1, columns)
    assert roles["cell"] + roles["rowheader"] == columns * page.locator("tbody tr").count()


@pytest.mark.slow
def test_a_screen_reader_meets_one_title_and_no_level_is_passed_over(
    pages: dict[str, str], page: Page
) -> None:
    found = []
    for kind, url in pages.items():
        page.goto(url)
        levels = page.evaluate(HEADINGS)
        if levels[:1] != [1] or levels.count(1) > 1 or page.locator("main").count() != 1:
            found.append((kind, str(levels)))
        found += [(kind, f"{one} → {next_}") for one, next_ in pairwise(levels) if next_ > one + 1]
    assert found == []


@pytest.mark.slow
def test_the_first_key_skips_to_the_content_and_links_come_in_the_order_of_reading(
    pages: dict[str, str], page: Page
) -> None:
    for kind, url in pages.items():
        page.goto(url)
        page.keyboard.press("Tab")
        assert "Skip to" in page.evaluate("document.activeElement.innerText"), kind
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        inside = "document.activeElement.closest('main') !== null"
        assert page.evaluate(inside), (kind, page.evaluate("document.activeElement.outerHTML"))
        assert page.evaluate(LIFTED) == 0, kind


@pytest.mark.slow
def test_who_wishes_no_motion_gets_none(pages: dict[str, str], page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    for kind, url in pages.items():
        page.goto(url)
        assert page.evaluate(MOVING) == [], kind


@pytest.mark.slow
def test_on_paper_every_anchor_of_a_credential_stands_open(
    pages: dict[str, str], page: Page
) -> None:
    page.goto(pages["credential"])
    folded = page.locator("details > :not(summary)")
    assert folded.filter(visible=True).count() == 0
    page.emulate_media(media="print")
    assert folded.filter(visible=True).count() == folded.count() > 0


@pytest.mark.slow
def test_every_page_but_verify_works_without_scripts(
    pages: dict[str, str], browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for kind, url in pages.items():
        page.goto(url)
        assert page.locator("h1").first.is_visible(), kind
        assert page.locator("main p:visible").count() > 0, kind
        hidden = page.locator("article > *:not(style, script)").filter(visible=False)
        assert hidden.count() == 0, (kind, hidden.all_inner_texts())
    page.goto(pages["verify"])
    assert "jobtwin verify" in page.inner_text("main")
    context.close()


@pytest.mark.slow
def test_the_button_that_starts_a_twin_opens_a_file_that_is_valid_as_it_is(
    pages: dict[str, str], page: Page
) -> None:
    page.route("https://github.com/**", lambda route: route.fulfill(body="A form"))
    page.goto(pages["brief"])
    with page.expect_navigation():
        page.get_by_role("link", name="Start this twin", exact=True).last.click()
    where = urlsplit(page.url)
    asked = parse_qs(where.query)
    assert f"https://{where.netloc}{where.path}" == f"{REPOSITORY}/new/main/{layout.INBOX}"
    assert asked["filename"] == ["start.yml"]
    request = load(StartRequest, asked["value"][0].encode(), "start.yml").record
    assert request.twin == "jt-incident-4"


def test_whoever_goes_on_to_verify_takes_the_name_along(browser: Browser, tmp_path: Path) -> None:
    script = (ROOT / "docs" / "javascripts" / "holder.js").read_text("utf-8")
    link = '<a data-verify href="../verify/index.html?url=x">Verify</a>'
    (tmp_path / "page.html").write_text(f"<!doctype html>{link}<script>{script}</script>")
    page = browser.new_page()
    page.goto(f"{(tmp_path / 'page.html').as_uri()}#name={NAME}&salt={SALT}")
    href = page.evaluate("document.querySelector('a').href")
    page.close()
    assert href.endswith(f"?url=x#name={NAME.replace(' ', '%20')}&salt={SALT}")
