"""bundle.json as a credential's page makes it in the browser: the bytes that Python writes."""

from __future__ import annotations

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin.credential.bundle import File, Role, make
from jobtwin.site import bundles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parents[2] / "docs/javascripts/bundle.js"
FOLDER = "credentials/c1/" + "c1" * 16
SITE = "https://credentials.example"
ELSEWHERE = "https://employer.example/.well-known/did.json"
FILES = {
    f"{FOLDER}/credential.json": '{"a": "ü – \\u2028 😀"}\n'.encode(),
    f"{FOLDER}/did-1.json": b'{"id": "did:web:employer.example"}\n',
    "keys/issuer-keys.yml": "\ufeff# with a mark\r\nformat: 1\n".encode(),
    "status/1.json": b'{"list": 1}\n',
}
ROLES = {
    f"{FOLDER}/credential.json": Role.CREDENTIAL,
    f"{FOLDER}/did-1.json": Role.DID,
    "keys/issuer-keys.yml": Role.HISTORY,
    "status/1.json": Role.STATUS,
}


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _url(path: str) -> str:
    return ELSEWHERE if path.endswith("did-1.json") else f"{SITE}/{path}"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the page of a credential is served, with all that its bundle is made of."""
    lines = [
        " ".join([ROLES[path].value, path, *([ELSEWHERE] if _url(path) == ELSEWHERE else [])])
        for path in FILES
    ]
    page = (
        f'<meta charset="utf-8"><p data-bundle="{chr(10).join(lines)}" data-site="{SITE}" hidden>'
        '<a href="credential.json" download="bundle.json">bundle.json</a></p>'
        '<script src="../../../bundle.js" defer></script>'
    )
    served = FILES | {f"{FOLDER}/index.html": page.encode(), bundles.HEAD: bundles.head()}
    for path, content in served.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    shutil.copy(SCRIPT, tmp_path / "bundle.js")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{FOLDER}/"
        server.shutdown()


def test_the_page_makes_the_bundle_that_python_makes(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    page = browser.new_page()
    page.goto(address)
    with page.expect_download() as begun:
        page.get_by_text("bundle.json").click()
    begun.value.save_as(tmp_path / "made.json")
    assert begun.value.suggested_filename == "bundle.json"
    expected = make(File(ROLES[path], _url(path), content) for path, content in FILES.items())
    assert (tmp_path / "made.json").read_bytes() == expected
    page.close()


def test_what_cannot_be_read_is_said_and_nothing_is_handed_out(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "status/1.json").unlink()
    page = browser.new_page()
    page.goto(address)
    page.get_by_text("bundle.json").click()
    page.get_by_text("could not be made").wait_for()
    page.close()
