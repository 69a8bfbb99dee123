"""A browser, and an issuer's site that it sees at its own address, in a copy, and from a disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from scripts import screenshots
from scripts.screenshots import chromium
from tests.attacks.mutations import DID_JSON, JWKS, SERVED
from tests.unit.credential.conftest import ISSUER, NOW, SITE

from jobtwin.site.verify_page import Place, Program, program, verify_files

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

EVERYWHERE = re.compile("^https?://")
ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""What keeps Chromium from asking anybody but the pages under test."""


@pytest.fixture(scope="session")
def built() -> Program:
    """The page's program, made by `scripts/web`."""
    found = program()
    if found is None:
        pytest.skip("the page's program is not built: scripts/web")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; without one, what needs it is skipped.

    Closed with its module: as long as it is open, no other test can run an event loop.
    """
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=[*QUIET, "--no-sandbox"])
        yield opened
        opened.close()


@dataclass
class Net:
    """Every host that the browser can reach; whatever else it asks for is a failure."""

    files: dict[str, bytes] = field(default_factory=dict)
    """URL → content. Hosts other than the issuer's let no other page read them."""
    open_to_all: set[str] = field(default_factory=set)
    """Hosts that let pages of other sites read them."""
    asked: list[str] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        """Answer a request as a static host would."""
        url = route.request.url.split("#")[0].split("?")[0]
        self.asked.append(url)
        content = self.files.get(url)
        host = urlsplit(url).netloc
        # Playwright opens an answer without this header to every page.
        readers = "*" if host in self.open_to_all else "https://nobody.example"
        headers = {"access-control-allow-origin": readers}
        kind = "text/html" if url.endswith((".html", "/")) else "application/octet-stream"
        if content is None:
            route.fulfill(status=404, headers=headers, body="")
        else:
            route.fulfill(status=200, headers=headers, content_type=kind, body=content)


@pytest.fixture
def files(built: Program) -> dict[str, bytes]:
    """What the issuer's site serves, by URL: the page, keys, status, and nothing else yet."""
    keys = {url: SERVED[url].decode() for url in (DID_JSON, JWKS)}
    page = verify_files(Place(SITE, ISSUER, "Academy of Twins", keys), built)
    served = {f"{SITE}/{path}": content for path, content in page.items()}
    served[f"{SITE}/verify/"] = page["verify/index.html"]
    return served | {url: content for url, content in SERVED.items() if isinstance(content, bytes)}


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A new profile, quiet for those who wish no motion."""
    made = browser.new_context(reduced_motion="reduce")
    made.set_default_timeout(60_000)
    yield made
    made.close()


@pytest.fixture
def net(context: BrowserContext, files: dict[str, bytes]) -> Net:
    """The issuer's site at its own address."""
    made = Net(files)
    context.route(EVERYWHERE, made.answer)
    return made


@pytest.fixture
def page(context: BrowserContext, net: Net) -> Iterator[Page]:
    """A page; a script error or a refusal by the policy fails the test."""
    opened = context.new_page()
    opened.clock.set_fixed_time(NOW)
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: _note(said.type, said.text, wrong))
    yield opened
    assert wrong == []


def _note(kind: str, text: str, wrong: list[str]) -> None:
    """Keep what a browser complains of, but for files that are rightly not there.

    Chromium's own report of XML that cannot be parsed has a style, which the policy refuses.
    """
    expected = ("Failed to load resource", "blocked by CORS policy", "Applying inline style")
    if kind == "error" and not any(words in text for words in expected):
        wrong.append(text)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[Mapping[str, bytes]], Path]:
    """Return a function that writes a site to a folder."""

    def write(files: Mapping[str, bytes]) -> Path:
        for url, content in files.items():
            path = tmp_path / "copy" / url.removeprefix(f"{SITE}/")
            if not url.endswith("/"):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return tmp_path / "copy"

    return write


@pytest.fixture
def served() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a folder on loopback, and says where."""
    with ExitStack() as running:
        yield lambda folder: running.enter_context(screenshots.served(folder)).rstrip("/")
