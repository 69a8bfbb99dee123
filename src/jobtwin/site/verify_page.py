"""The /verify page: one file with its style, its program and the issuer's keys in it.

What it does is written in `web/`. Here it is put together: the policy under which a browser runs it
names the program and the style by their hashes, and lets nothing else in.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jobtwin.credential.did import did_web_url, jwks_url
from jobtwin.records import layout
from jobtwin.site.markup import templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobtwin.repository.ledger import Ledger

FOLDER = "verify"
NAME = "Job Twins"
"""What the site is called where no issuer gives it a name."""
TITLE = "Verify a credential"
DESCRIPTION = (
    "Verify a credential in this browser: signature, status, issuer, freshness. Nothing is "
    "uploaded, nobody is asked but the issuer."
)
_BUILT = Path(__file__).parent / "built"
_STYLE = Path(__file__).parent / "templates" / "verify.css"


@dataclass(frozen=True, slots=True)
class Program:
    """What `scripts/web` made of `web/`."""

    script: str
    licences: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """The site that the page belongs to."""

    url: str = ""
    did: str = ""
    name: str = NAME
    keys: Mapping[str, str] = field(default_factory=dict)
    """URL → text of did.json and jwks.json: a page opened from a disk can read no other file."""


def program(built: Path = _BUILT) -> Program | None:
    """Return the page's program, None where `scripts/web` was never run."""
    script, licences = built / "verify.js", built / "licences.txt"
    if not script.is_file() or not licences.is_file():
        return None
    return Program(script.read_text("utf-8"), licences.read_bytes())


def place(ledger: Ledger) -> Place:
    """Return the site of a ledger that has an issuer."""
    issuer = ledger.issuer
    files = {did_web_url(issuer.did): layout.DID, jwks_url(issuer.did): layout.JWKS}
    had = {url: ledger.tree.read(path) for url, path in files.items()}
    keys = {url: content.decode("utf-8") for url, content in had.items() if content is not None}
    return Place(issuer.url, issuer.did, issuer.name, keys)


def verify_files(at: Place, made: Program | None, head: str = "") -> dict[str, bytes]:
    """Return the page, with the licences of what is in it, by path below the site.

    `head` is what else goes into its head, as HTML: tags, and nothing that runs.
    """
    files = {f"{FOLDER}/index.html": _page(at, made.script if made else None, head)}
    return files | ({f"{FOLDER}/licences.txt": made.licences} if made else {})


def _page(at: Place, script: str | None, head: str) -> bytes:
    style = _STYLE.read_text("utf-8")
    settings = {"url": at.url, "did": at.did, "name": at.name, "keys": dict(at.keys)}
    html = templates().get_template("verify.html")
    page = html.render(
        name=at.name,
        url=at.url,
        style=style,
        script=script,
        title=TITLE,
        description=DESCRIPTION,
        head=head,
        # Inside an element of HTML nothing may look like its end.
        settings=json.dumps(settings, ensure_ascii=False).replace("<", "\\u003c"),
        policy=_policy(style, script),
    )
    return f"{page}\n".encode()


def _policy(style: str, script: str | None) -> str:
    """Return the Content Security Policy: what is in the page by hash, requests by https alone."""
    runs = _hashed(script) if script else "'none'"
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {runs}",
            f"style-src {_hashed(style)}",
            "connect-src 'self' https:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hashed(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
