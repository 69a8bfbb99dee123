"""The credential's page in a real browser: a shared link shows the name, and only the right one."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jobtwin.credential.holder import hashed, link

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
SALT = "0123456789abcdef" * 2
SCRIPT = Path(__file__).parents[3] / "docs/javascripts/holder.js"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    site = tmp_path / "site"
    site.mkdir()
    shutil.copy(SCRIPT, site / "holder.js")
    (site / "index.html").write_text(
        f'<dd data-identity-hash="{hashed("Lea Ünal", SALT)}">Not shown.</dd>'
        '<script src="holder.js" defer></script>',
        "utf-8",
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


def shown(url: str, profile: Path) -> str:
    """Return the page as the browser has it after its scripts."""
    assert CHROMIUM
    done = subprocess.run(
        [
            CHROMIUM,
            *QUIET,
            f"--user-data-dir={profile}",
            "--virtual-time-budget=4000",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_the_right_link_shows_the_name(page: str, tmp_path: Path) -> None:
    assert "Issued to Lea Ünal." in shown(link(page, "Lea Ünal", SALT), tmp_path / "profile")


def test_without_the_fragment_no_name_is_shown(page: str, tmp_path: Path) -> None:
    assert ">Not shown.<" in shown(page, tmp_path / "profile")


def test_another_name_is_not_shown_as_the_holders(page: str, tmp_path: Path) -> None:
    told = shown(link(page, "<b>Ben</b>", SALT), tmp_path / "profile")
    assert "was not issued to the name" in told
    assert "Ben" not in told
