"""Take pictures of every kind of page of a site that was built: `scripts/screenshots.py SITE`.

SITE is a folder, for example that of `scripts/demo`. Each kind is shown at three widths, light and
dark, as Chromium draws it; people look at the pictures. A page that is wider than the window is
named, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Browser

OUT = Path(__file__).resolve().parent.parent / "web" / "build" / "screenshots"
TRACK = "track-credential"
ONLY_A_TRACKS = "clr.json"
"""A file that lies beside the page of a track's credential, and beside no other."""
KINDS = {
    "front": "index.html",
    "brief": "twins/jt-incident-4/index.html",
    "twins": "twins/index.html",
    "track": "tracks/*/index.html",
    "credential": "credentials/*/*/index.html",
    TRACK: f"credentials/*/*/{ONLY_A_TRACKS}",
    "attempt": "attempts/*/*/index.html",
    "learner": "learners/*/*/index.html",
    "mentors": "mentors/index.html",
    "mentor": "mentors/*/index.html",
    "queue": "queue/index.html",
    "figures": "analytics/index.html",
    "issuer": "issuer/index.html",
    "outcomes": "outcomes/index.html",
    "transparency": "transparency/index.html",
    "tutorial": "tutorials/earn-your-first-credential/index.html",
    "reference": "reference/glossary/index.html",
    "verify": "verify/index.html",
    "not-found": "404.html",
}
"""Kind → where its pages are, or what lies beside them; the first one is taken."""
WIDTHS = (360, 768, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Take the pictures; return 1 where a page is cut off, 3 where there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", choices=KINDS, action="append", help="may be repeated")
    parser.add_argument("--if-possible", action="store_true", help="go on without Chromium")
    given = parser.parse_args()
    path = chromium()
    if path is None:
        print("no pictures: there is no Chromium here (Debian: apt-get install chromium)")
        return 0 if given.if_possible else 3
    given.out.mkdir(parents=True, exist_ok=True)
    pages = pages_of(given.site, given.only or KINDS)
    with served(given.site) as base, browser(path) as opened:
        cut = [
            name
            for kind, found in pages.items()
            for name in take(opened, base + found, given.out / kind)
        ]
    print(f"{len(pages)} kinds of pages in {given.out}, cut off: {', '.join(cut) or 'none'}")
    return 1 if cut else 0


def chromium() -> str | None:
    """Return the path of the machine's Chromium, if it has one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def pages_of(site: Path, kinds: Iterable[str]) -> dict[str, str]:
    """Return kind → address below the site, for every one of the kinds that it has."""
    found = {kind: next(iter(sorted(_pages(site, kind))), None) for kind in kinds}
    return {kind: path.relative_to(site).as_posix() for kind, path in found.items() if path}


def _pages(site: Path, kind: str) -> Iterator[Path]:
    for path in site.glob(KINDS[kind]):
        if kind == TRACK:
            yield path.with_name("index.html")
        elif not path.with_name(ONLY_A_TRACKS).exists():
            yield path


def take(opened: Browser, url: str, picture: Path) -> Iterator[str]:
    """Take a page's pictures; yield the names of those on which it is wider than the window."""
    for scheme in SCHEMES:
        # A profile of its own: the page keeps the colours that it was first shown in.
        page = opened.new_page(color_scheme=scheme, reduced_motion="reduce")
        page.goto(url)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            name = f"{picture.name}-{width}-{scheme}.png"
            page.screenshot(path=picture.with_name(name), full_page=True, animations="disabled")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                yield name
        page.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a folder on loopback, and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def browser(path: str) -> Iterator[Browser]:
    """Open the browser at a path."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


if __name__ == "__main__":
    raise SystemExit(main())
