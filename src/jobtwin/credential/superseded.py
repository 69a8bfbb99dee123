"""Has the same learner done better since? A caution, told by a file beside the credential.

No status bit says so: what is superseded still holds. The file is looked for where the issuer of
the credential keeps its site, and nothing but the credential's own issuer is believed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobtwin.credential.did import did_web_url
from jobtwin.credential.jsonbytes import parse_object
from jobtwin.credential.shape import issuer_id
from jobtwin.credential.verdicts import Outcome, Step, Verdict, Verification
from jobtwin.errors import Refused
from jobtwin.findings import Code

if TYPE_CHECKING:
    from jobtwin.credential.contexts import JsonObject
    from jobtwin.credential.resolve import Unavailable

SUPERSEDED = Code(
    "VC-086",
    "superseded by a better attempt",
    why="The same learner did better later; the issuer has not withdrawn this one.",
    fix="Look at the credential that it names: that one binds now.",
)
POINTER = "superseded.json"
_CREDENTIAL = re.compile(r"/credentials/[0-9a-f]{2}/[0-9a-f]{32}/credential\.json")


def pointer_url(document: JsonObject) -> str | None:
    """Return where it would be said that a credential is superseded, None where nobody can say.

    Only a did:web issuer can, for a credential at an address of its own site.
    """
    url, issuer = document.get("id"), issuer_id(document) or ""
    if not isinstance(url, str) or not _on_site_of(issuer, url):
        return None
    return url.removesuffix("credential.json") + POINTER


def with_superseded(
    found: Verification, document: JsonObject, content: bytes | Unavailable
) -> Verification:
    """Return the verification with one more step where `content` names a better credential.

    What cannot be had or read says nothing, and a revoked credential stays revoked.
    """
    by = _named(document, content)
    if by is None or found.signature.value != "valid":
        return found
    finding = SUPERSEDED.at(f"by {by}", "$.id")
    step = Step(len(found.steps) + 1, "superseded", Outcome.FAILED, str(finding), (finding,))
    status = found.status
    if status.value == "holds":
        words = f"It was not withdrawn, but the same learner did better: see {by}."
        status = Verdict("superseded", words)
    return replace(found, steps=(*found.steps, step), status=status)


def _named(document: JsonObject, content: bytes | Unavailable) -> str | None:
    if not isinstance(content, bytes):
        return None
    try:
        said = parse_object(content)
    except Refused:
        return None
    by = said.get("by")
    fits = said.get("superseded") == document.get("id") and by != document.get("id")
    if not fits or not isinstance(by, str):
        return None
    return by if _on_site_of(issuer_id(document) or "", by) else None


def _on_site_of(issuer: str, url: str) -> bool:
    """Say whether a URL is a credential's on the site of a did:web issuer."""
    if not issuer.startswith("did:web:"):
        return False
    try:
        home, here = urlsplit(did_web_url(issuer)), urlsplit(url)
    except (Refused, ValueError):
        return False
    site = home.path.removesuffix("/did.json").removesuffix("/.well-known")
    same = (here.scheme, here.netloc, here.query, here.fragment) == ("https", home.netloc, "", "")
    return (
        same
        and here.path.startswith(site)
        and bool(_CREDENTIAL.fullmatch(here.path.removeprefix(site)))
    )
